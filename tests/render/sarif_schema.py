"""The part of the SARIF 2.1.0 schema that a log of ours uses (OASIS sarif-schema-2.1.0): members, types, what is required, nothing else."""

from __future__ import annotations

from typing import Any


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


_TEXT: dict[str, Any] = {"type": "string"}
_PLACE: dict[str, Any] = {"type": "integer", "minimum": 1}
_LEVEL: dict[str, Any] = {"enum": ["none", "note", "warning", "error"]}
_MESSAGE = _object(["text"], text={"type": "string", "minLength": 1})
_REGION = _object(["startLine"], startLine=_PLACE, startColumn=_PLACE, endLine=_PLACE, endColumn=_PLACE)
_ARTIFACT = _object(["uri"], uri={"type": "string", "pattern": "^[A-Za-z0-9._~:/?#\\[\\]@!$&'()*+,;=%-]+$"})
_PHYSICAL = _object(["artifactLocation"], artifactLocation=_ARTIFACT, region=_REGION)
_LOCATION = _object([], physicalLocation=_PHYSICAL, message=_MESSAGE)
_RULE = _object(
    ["id"],
    id=_TEXT,
    name=_TEXT,
    shortDescription=_MESSAGE,
    help=_MESSAGE,
    defaultConfiguration=_object([], level=_LEVEL),
)
_CHANGE = _object(
    ["artifactLocation", "replacements"],
    artifactLocation=_ARTIFACT,
    replacements={
        "type": "array",
        "minItems": 1,
        "items": _object(["deletedRegion"], deletedRegion=_REGION, insertedContent=_object([], text=_TEXT)),
    },
)
_FIX = _object(
    ["artifactChanges"],
    description=_MESSAGE,
    artifactChanges={"type": "array", "minItems": 1, "items": _CHANGE, "uniqueItems": True},
)
_RESULT = _object(
    ["message"],
    ruleId=_TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=_LEVEL,
    message=_MESSAGE,
    locations={"type": "array", "items": _LOCATION},
    relatedLocations={"type": "array", "items": _LOCATION, "uniqueItems": True},
    fixes={"type": "array", "items": _FIX, "uniqueItems": True},
    suppressions={"type": "array", "items": _object(["kind"], kind={"enum": ["inSource", "external"]}), "uniqueItems": True},
    properties={"type": "object"},
)
_RUN = _object(
    ["tool"],
    tool=_object(["driver"], driver=_object(["name"], name=_TEXT, rules={"type": "array", "items": _RULE, "uniqueItems": True})),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results={"type": "array", "items": _RESULT},
)
SCHEMA = _object(
    ["version", "runs"],
    **{"$schema": {"type": "string", "format": "uri"}, "version": {"enum": ["2.1.0"]}, "runs": {"type": "array", "items": _RUN}},
)
