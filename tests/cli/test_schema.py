#!/usr/bin/python3
"""Tests that the JSON of test_report_json.c follows docs/output.schema.json."""
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77


def main():
    try:
        import jsonschema
    except ImportError:
        print("python3-jsonschema is not installed")
        return SKIPPED
    schema = json.loads((ROOT / "docs/output.schema.json").read_text())
    validator = jsonschema.Draft202012Validator
    validator.check_schema(schema)
    golden = json.loads((ROOT / "tests/unit/data/report.json").read_text())
    validator(schema).validate(golden)
    # The schema must reject a wrong object.
    golden["endpoints"][0]["checks"][1]["severity"] = "CRITICAL"
    if validator(schema).is_valid(golden):
        print("the schema accepts a severity that is a word")
        return 1
    return 0


sys.exit(main())
