"""A real OpenAI-compatible server, llama.cpp's own: `python llama_server.py GGUF [ADAPTER]` prints its address and serves."""

import sys
import time

import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.hostnames, params.port = ["127.0.0.1"], 0
params.n_ctx, params.n_parallel, params.cpuparams.n_threads = 8192, 2, 2
params.warmup = False
if sys.argv[2:]:
    params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(sys.argv[2], 1.0)]
server = xllamacpp.Server(params)
sys.stdout.write(f"{server.listening_address}\n")
sys.stdout.flush()
while True:
    time.sleep(3600)
