# SPDX-License-Identifier: ISC
"""deploy/bulkhead.schema.json, which every JSON document of the tests is held to."""

import json

import jsonschema

from harness import SOURCE

_SCHEMA = json.loads((SOURCE / "deploy/bulkhead.schema.json").read_text())
_VALIDATORS = {}


def check(document, kind):
    """kind: a definition of the schema, "report" for instance. AssertionError: it is none."""
    if kind not in _VALIDATORS:
        own = dict(_SCHEMA, **{"$ref": f"#/$defs/{kind}"})
        own.pop("anyOf")
        jsonschema.Draft202012Validator.check_schema(own)
        _VALIDATORS[kind] = jsonschema.Draft202012Validator(own)
    wrong = [f"{list(e.absolute_path)}: {e.message[:300]}"
             for e in _VALIDATORS[kind].iter_errors(document)]
    assert not wrong, f"not a {kind}: {wrong[:5]}"
    return document
