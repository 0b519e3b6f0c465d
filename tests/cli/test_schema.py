#!/usr/bin/python3
"""Tests that the JSON of test_report_json.c follows docs/output.schema.json, that recorded cases follow
docs/evidence.schema.json, and that the report of test_evidence_report.c follows docs/report.schema.json."""
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
    return check_cases(validator) or check_report(validator)


def check_report(validator):
    """The report follows its schema; with another state, a newer key or without its log, it does not."""
    schema = json.loads((ROOT / "docs/report.schema.json").read_text())
    validator.check_schema(schema)
    golden = json.loads((ROOT / "tests/unit/data/evidence-report.json").read_text())
    validator(schema).validate(golden)
    for check in (check for endpoint in golden["endpoints"] for check in endpoint["checks"]):
        total = sum(time["seconds"] for time in check["times"].values())
        if total != 240 * 3600:
            print(f"the times of {check['check']} are {total} s, not the period")
            return 1
    for wrong in ({"format": 2}, {"newer": 1}, {"log": {}}, {"from": "2026-07-01"}):
        if validator(schema).is_valid({**golden, **wrong}):
            print(f"the schema accepts a report with {wrong}")
            return 1
    golden["endpoints"][0]["checks"][0]["exceptions"][0]["state"] = "shut"
    return 1 if validator(schema).is_valid(golden) else 0


def check_cases(validator):
    """Each recorded case follows its schema; without the format, or with a key of another version, it does not."""
    schema = json.loads((ROOT / "docs/evidence.schema.json").read_text())
    validator.check_schema(schema)
    cases = sorted((ROOT / "tests/unit/data/cases").iterdir())
    for path in cases:
        line = json.loads(path.read_text())
        validator(schema).validate(line)
        for wrong in ({"format": 2}, {"newer": 1}, {"facts": {"newer": 1}}):
            if validator(schema).is_valid({**line, "case": {**line["case"], **wrong}}):
                print(f"the schema accepts a wrong case, made from {path.name}")
                return 1
    return 0 if cases else 1


sys.exit(main())
