"""`ccproxy import`: makes a policy of the configuration of another router."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ccproxy.cli.arguments import OLD_CONFIG
from ccproxy.cli.context import CannotRunError, unreadable
from ccproxy.cli.output import say
from ccproxy.regular_files import exists

if TYPE_CHECKING:
    from ccproxy.migration.draft import Draft


@click.command(
    epilog="Example: ccproxy import ~/.claude-code-router/config.json -o ~/.ccproxy/policy.ccp",
    help="""Print a policy for the configuration of another router: an earlier ccproxy's ccproxy.yaml, claude-code-router's
    config.json (version 2), or LiteLLM's config with routing by tags.

    Its rules ask for what the old ones were for, by the facts of today; a comment on each says how the old one missed it. What can't be
    moved is named in the policy, and on standard error. With -o, LiteLLM's config for the labels is written beside the policy, as
    config.yaml, if none is there.
    Exit code 1 where FILE has mistakes, or is none of these.""",
)
@click.argument("file", type=OLD_CONFIG)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="POLICY", help="Write it here, not to standard output.")
@click.option("--faithful", is_flag=True, help="Write what the old rules really did, not what they were for.")
@click.option("--force", is_flag=True, help="With -o: overwrite a policy that is there.")
@click.pass_context
def command(ctx: click.Context, *, file: Path, output: Path | None, faithful: bool, force: bool) -> None:
    """Read, write, and say what is left to do."""
    from ccproxy.migration.configurations import NothingToImportError, draft_of_text
    from ccproxy.migration.draft import DraftError, policy_text

    try:
        draft = draft_of_text(_read(file), file.name, file, faithful=faithful)
        text = policy_text(draft)
    except NothingToImportError as error:
        say(f"ccproxy: {error}", err=True)
        ctx.exit(1)
    except DraftError as error:
        say(f"ccproxy: {file} makes no policy that is right:\n{error}", err=True)
        ctx.exit(1)
    if output is None:
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.buffer.flush()
    else:
        _write(output, text, force=force)
        say(f"wrote {output}", err=True)
    for left in draft.not_moved:
        say(f"not moved: {left}", err=True)
    if output is not None:
        _write_config(draft, file, output)


def _read(file: Path) -> str:
    from ccproxy.yaml_nodes import MAX_YAML, read_yaml_file

    try:
        data = sys.stdin.buffer.read(MAX_YAML) if file == Path("-") else read_yaml_file(file)
        return data.decode("utf-8-sig")
    except OSError as error:
        raise CannotRunError(unreadable(file, error)) from None
    except UnicodeDecodeError:
        raise CannotRunError(f"{file} is not UTF-8 text: save it as UTF-8") from None


def _write(path: Path, text: str, *, force: bool) -> None:
    from ccproxy.private_files import make_folder, write_new, write_whole

    try:
        make_folder(path.parent)
        if force:
            write_whole(path, text)
        else:
            write_new(path, text)
    except FileExistsError:
        raise CannotRunError(f"{path} is there already: name another file, or overwrite it with --force") from None
    except OSError as error:
        raise CannotRunError(f"{path} can't be written: {(error.strerror or str(error)).lower()}") from None


def _write_config(draft: Draft, file: Path, output: Path) -> None:
    """Write LiteLLM's config beside the policy if none is there: the draft's own, else that beside the old configuration."""
    import yaml

    from ccproxy.config.locations import LITELLM_CONFIG_NAME
    from ccproxy.migration.draft import with_hook

    path = output.with_name(LITELLM_CONFIG_NAME)
    config = draft.config if draft.config is not None else _config_beside(file)
    if exists(path):
        say(f"{path} is there, and stays: it has to load the hook, and to have a deployment of its own for each label", err=True)
    elif config is not None:
        whole = with_hook(config, f"sk-{secrets.token_hex(24)}")
        made = f"# LiteLLM's config, made by ccproxy import of {file.name!r}.\n"
        _write(path, made + yaml.safe_dump(whole, sort_keys=False, allow_unicode=True), force=False)
        say(f"wrote {path}", err=True)
    if output.absolute().parent == file.absolute().parent and file.name == "ccproxy.yaml":
        say(f"next: move {file} away, which this ccproxy can't read; then ccproxy --config-dir {output.parent} start", err=True)
    else:
        say(f"next: ccproxy --config-dir {output.parent} start", err=True)


def _config_beside(file: Path) -> dict[str, Any] | None:
    """LiteLLM's config beside an earlier ccproxy's configuration; None if there is none that can be read."""
    import yaml

    from ccproxy.config.locations import LITELLM_CONFIG_NAME
    from ccproxy.migration.earlier_ccproxy import with_models
    from ccproxy.source import Source
    from ccproxy.yaml_nodes import NotYamlError, read_yaml_file
    from ccproxy.yaml_reader import compose, construct

    path = file.with_name(LITELLM_CONFIG_NAME)
    try:
        node = compose(Source(read_yaml_file(path).decode("utf-8-sig"), path.name, path))
        value = None if node is None else construct(node)
    except (OSError, UnicodeDecodeError, NotYamlError, yaml.YAMLError):
        return None
    return with_models(value) if isinstance(value, dict) else None
