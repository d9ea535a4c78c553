"""Sending an export to the Hugging Face hub, or to another server with its API (`$HF_ENDPOINT`)."""

import os
from pathlib import Path

from rpo.errors import RpoError, foreign

TOKEN, ENDPOINT = "HF_TOKEN", "HF_ENDPOINT"


def push(folder: Path, name: str, private: bool = True) -> str:
    """Send an export's folder to a model repository OWNER/NAME, made if need be, in one commit; returns its address.

    The token is that of `$HF_TOKEN` and is written nowhere. A repository that is public is refused unless `private` is false.
    """
    token = os.environ.get(TOKEN, "").strip()
    if not token:
        raise RpoError(f"{TOKEN} must hold a token that may write, it is empty; make one in your settings on the hub and set it")
    if not (folder / "README.md").is_file():
        raise RpoError(f"an export with its model card is sent, {folder} has no README.md; export the run first")
    from huggingface_hub import HfApi, constants

    if constants.HF_HUB_OFFLINE:
        raise RpoError("the hub must be allowed to be asked, HF_HUB_OFFLINE is set; unset it and try again")
    api = HfApi(endpoint=os.environ.get(ENDPOINT) or None, token=token)
    with foreign(f"the hub must take {name!r}, it did not", "check the name (OWNER/NAME), the token's rights and the connection"):
        api.create_repo(name, private=private, exist_ok=True)
        if private and not api.repo_info(name).private:
            raise RpoError(f"{name} must be private, it is there and public; allow that, or name another repository")
        api.upload_folder(repo_id=name, folder_path=folder, commit_message="Add an export of rpo")
    return f"{api.endpoint}/{name}"
