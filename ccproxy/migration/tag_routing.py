"""Makes a policy of LiteLLM's routing by tags: deployments of one `model_name`, told apart by `tags` that requests or keys have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ccproxy.frozen import frozen
from ccproxy.migration import draft
from ccproxy.migration.draft import Draft, Part
from ccproxy.node_reader import Reader
from ccproxy.yaml_nodes import Node, is_null, is_sequence

_DEFAULT = "default"
"""The tag of the deployments that take requests without any."""
_REFUSED = 'reject "no deployment has these tags"'
_ROUTERS = {
    "complexity_router": ("complexity router", "it judges how hard a prompt is; effort, tokens and agent.class are what a policy asks"),
    "adaptive_router": ("adaptive router", "it learns which model does best"),
    "quality_router": ("quality router", "it goes by the quality that a prompt is taken to need"),
}
_SEMANTIC = ("semantic router", "it compares what a prompt means with examples; prompt matches /…/ is what a policy asks")


@frozen
class _Deployment:
    """An entry of the model_list: its name, its tags, and all of it."""

    name: str
    tags: tuple[str, ...]
    entry: Mapping[str, Any]


@frozen
class _Target:
    """Deployments of one name that requests with some tags go to, under a label of their own."""

    label: str
    tags: tuple[str, ...]
    deployments: tuple[_Deployment, ...]


def draft_of(reader: Reader, root: Mapping[str, Node], faithful: bool) -> Draft:
    """The policy of a config whose keys these are; what is wrong with it is reported to the reader."""
    router = _mapping(reader, root.get("router_settings"))
    deployments = _deployments(reader, root.get("model_list"))
    groups: dict[str, list[_Deployment]] = {}
    for deployment in deployments:
        groups.setdefault(deployment.name, []).append(deployment)
    routers = [deployment for deployment in deployments if _kind_of_router(deployment) is not None]
    tagged = [name for name, group in groups.items() if any(deployment.tags for deployment in group)]
    filtered = [name for name in tagged if router.get("enable_tag_filtering") is True or any(map(_filters, groups[name]))]
    if not filtered and not routers:
        why = "no deployment has tags" if not tagged else "enable_tag_filtering is not set, so that tags choose nothing"
        reader.report(root["model_list"], f"LiteLLM doesn't route by this config: {why}", "ccproxy install writes a policy to start from")
    match_any = router.get("tag_filtering_match_any") is not False
    targets = {name: _targets(name, groups[name], match_any=match_any, taken=groups) for name in filtered}
    parts = [part for name in filtered for part in _parts(name, groups[name], targets[name], match_any=match_any, faithful=faithful)]
    if faithful and router.get("enable_tag_filtering") is True:
        parts += _refused([name for name in groups if name not in filtered and name not in {one.name for one in routers}])
    origin = f"Made by ccproxy import of LiteLLM's {reader.source.name}: its routing by tags."
    if filtered:
        origin += "\nThe labels are model_names that deployments with these tags have to have, without enable_tag_filtering."
    end = Part(("Every other request keeps the model that it asks for.",), ("default -> keep",))
    left = (*map(_told_router, routers), *_left(router, deployments))
    return Draft(origin, (*parts, end), left, _config(reader, root, deployments, targets))


def _deployments(reader: Reader, node: Node | None) -> list[_Deployment]:
    if node is None or not is_sequence(node):
        if node is not None:
            reader.wrong(node, "model_list", "a list")
        return []
    found = []
    for item in node.value:
        entry = _mapping(reader, item)
        name, parameters = entry.get("model_name"), entry.get("litellm_params")
        if not isinstance(name, str) or not draft.can_be_written(name) or not isinstance(parameters, dict):
            reader.report(item, "the entry is no deployment", "write model_name: NAME and litellm_params: {model: provider/model}")
            continue
        tags = parameters.get("tags") or []
        if not isinstance(tags, list) or not all(isinstance(tag, str) and draft.can_be_written(tag) for tag in tags):
            reader.report(item, "tags is a list of texts", 'write tags: ["free"]')
            continue
        found.append(_Deployment(name, tuple(dict.fromkeys(tags)), entry))
    return found


def _mapping(reader: Reader, node: Node | None) -> dict[str, Any]:
    value = None if node is None else reader.value(node)
    return value if isinstance(value, dict) else {}


def _filters(deployment: _Deployment) -> bool:
    info = deployment.entry.get("model_info")
    return isinstance(info, dict) and info.get("enable_tag_filtering") is True


def _targets(name: str, group: Sequence[_Deployment], *, match_any: bool, taken: Mapping[str, object]) -> list[_Target]:
    """The targets of a group, in the order of their tags: a set of deployments for each tag, or for each set of tags."""
    sets = [(tag,) for deployment in group for tag in deployment.tags] if match_any else [deployment.tags for deployment in group]
    asked: list[tuple[str, ...]] = list(dict.fromkeys(tags for tags in sets if set(tags) - {_DEFAULT}))
    chosen = {tags: tuple(deployment for deployment in group if set(tags) <= set(deployment.tags)) for tags in asked}
    merged: dict[tuple[int, ...], list[str]] = {}
    for tags, deployments in chosen.items():
        merged.setdefault(tuple(map(id, deployments)), []).extend(tags)
    of = {tuple(map(id, deployments)): deployments for deployments in chosen.values()}
    found: list[_Target] = []
    for key, together in merged.items():
        tags = tuple(dict.fromkeys(together))
        own = f"{name}-{'-'.join(tags)}"[: draft.LONGEST]
        while own in taken or any(own == target.label for target in found):
            own += "+"
        found.append(_Target(own, tags, of[key]))
    # where all tags have to be a deployment's, the fewest first: they leave the most deployments
    return found if match_any else sorted(found, key=lambda target: len(target.tags))


def _parts(name: str, group: Sequence[_Deployment], targets: Sequence[_Target], *, match_any: bool, faithful: bool) -> Iterator[Part]:
    asked = f"model == {draft.text(name)}"
    for number, target in enumerate(targets):
        comments = (
            [] if number else [f"{name}: by the tags of the request and of its key. A client may send any tag: key.tags alone are safe."]
        )
        models = ", ".join(draft.text(str(one.entry["litellm_params"].get("model"))[: draft.LONGEST]) for one in target.deployments)
        comments.append(f"{target.label}: {models}")
        tags = ", ".join(map(draft.text, target.tags))
        if match_any:
            listed = f"== {tags}" if len(target.tags) == 1 else f"in [{tags}]"
            condition = f"{asked} and (any tags {listed} or any key.tags {listed})"
        else:
            condition = f"{asked} and (count(tags) > 0 or count(key.tags) > 0) and all tags in [{tags}] and all key.tags in [{tags}]"
        yield Part(tuple(comments), (draft.rule(condition, draft.label(target.label)),))
    if faithful and not any(_DEFAULT in deployment.tags for deployment in group):
        yield from _refused([name])
    elif faithful and not match_any:
        known = ", ".join(map(draft.text, dict.fromkeys(tag for deployment in group for tag in deployment.tags)))
        named = f"(any tags in [{known}] or any key.tags in [{known}])"
        condition = f'{asked} and {named} and (any tags != "{_DEFAULT}" or any key.tags != "{_DEFAULT}")'
        yield Part((), (draft.rule(condition, _REFUSED),))


def _refused(names: Sequence[str]) -> Iterator[Part]:
    """A group without a deployment for a request's tags, or for `default`, has none for the request."""
    if names:
        asked = f"model in [{', '.join(map(draft.text, names))}]" if len(names) > 1 else f"model == {draft.text(names[0])}"
        yield Part((), (draft.rule(f"{asked} and (count(tags) > 0 or count(key.tags) > 0)", _REFUSED),))


def _kind_of_router(deployment: _Deployment) -> tuple[str, str] | None:
    model = deployment.entry["litellm_params"].get("model")
    if not isinstance(model, str) or not model.startswith("auto_router/"):
        return None
    return next((kind for start, kind in _ROUTERS.items() if model.startswith(f"auto_router/{start}")), _SEMANTIC)


def _told_router(deployment: _Deployment) -> str:
    kind, how = _kind_of_router(deployment) or _SEMANTIC
    return f"{draft.text(deployment.name)}, a {kind} of LiteLLM: {how}. Requests for it are kept, and it goes on choosing for them."


def _left(router: Mapping[str, Any], deployments: Sequence[_Deployment]) -> Iterator[str]:
    if any(deployment.entry["litellm_params"].get("tag_regex") for deployment in deployments):
        yield "tag_regex: client matches /…/ asks for the user agent."
    if any(tag.startswith(("!", "&")) for deployment in deployments for tag in deployment.tags):
        yield "tags that start with ! or &."
    if router.get("tag_routing_prefix"):
        yield "tag_routing_prefix."
    if any(deployment.tags for deployment in deployments):
        yield "that a request may exclude or demand a tag (!free, &free), and the tags of a team."


def _config(
    reader: Reader, root: Mapping[str, Node], deployments: Sequence[_Deployment], targets: Mapping[str, Sequence[_Target]]
) -> dict[str, Any]:
    """The config with a model_name for each label, in which tags choose nothing any more."""
    model_list: list[dict[str, Any]] = []
    for name, own in targets.items():
        group = [deployment for deployment in deployments if deployment.name == name]
        untagged = [deployment for deployment in group if _DEFAULT in deployment.tags] or group
        model_list += [_renamed(deployment, name) for deployment in untagged]
        model_list += [_renamed(deployment, target.label) for target in own for deployment in target.deployments]
    model_list += [dict(deployment.entry) for deployment in deployments if deployment.name not in targets]
    config = {key: reader.value(node) for key, node in root.items() if not is_null(node)}
    router = {key: value for key, value in _mapping(reader, root.get("router_settings")).items() if key != "enable_tag_filtering"}
    return {**config, "model_list": model_list, **({"router_settings": router} if "router_settings" in config else {})}


def _renamed(deployment: _Deployment, label: str) -> dict[str, Any]:
    parameters = {key: value for key, value in deployment.entry["litellm_params"].items() if key not in ("tags", "tag_regex")}
    info = deployment.entry.get("model_info")
    kept = {key: value for key, value in info.items() if key not in ("id", "enable_tag_filtering")} if isinstance(info, dict) else None
    return {**deployment.entry, "model_name": label, "litellm_params": parameters, **({"model_info": kept} if kept is not None else {})}
