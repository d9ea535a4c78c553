"""`rpo completion SHELL`: what makes a shell complete verbs, options, runs and panels, by argcomplete."""

from argparse import ArgumentParser, Namespace

from rpo.commands.verb import Verb

SHELLS = {
    "bash": 'eval "$(rpo completion bash)" in ~/.bashrc',
    "zsh": 'eval "$(rpo completion zsh)" in ~/.zshrc, after compinit',
    "fish": "rpo completion fish | source in ~/.config/fish/config.fish",
}


def _options(parser: ArgumentParser) -> None:
    where = "; ".join(SHELLS.values())
    parser.add_argument("shell", choices=list(SHELLS), help=f"your shell; then write {where}")


def _completion(choice: Namespace) -> int:
    import argcomplete

    print(argcomplete.shellcode(["rpo"], shell=choice.shell))
    return 0


VERB = Verb("completion", "print what makes a shell complete verbs, options, runs and panels", _completion, _options)
