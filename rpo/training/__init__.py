"""The engine: from batches of preferences to a better adapter.

Read it in this order: objectives, batches, dataset, gradients, optim, evaluation, sft, checkpoint, trainer.
"""
