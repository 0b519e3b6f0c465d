#!/usr/bin/python3
"""Prints the dashboard as TypeScript, each part with its type of @grafana/schema."""

import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
PANELS = "@grafana/schema/dist/esm/raw/composable/{}/panelcfg/x/{}PanelCfg_types.gen"
# Type of panel: its name in the schema's files, and whether the schema has a type for its fields.
KINDS = {"state-timeline": ("StateTimeline", True), "timeseries": ("TimeSeries", True),
         "stat": ("Stat", False), "table": ("Table", True), "bargauge": ("BarGauge", False)}


def main():
    dashboard = json.loads((ROOT / "collectd/dashboards/privatelink.json").read_text(encoding="utf-8"))
    print("import type { Dashboard, Panel, FieldConfig } from '@grafana/schema';")
    for name, _ in KINDS.values():
        print(f"import type * as {name} from '{PANELS.format(name.lower(), name)}';")
    # JSON has the values of an enumeration, not their names.
    print("type Plain<T> = T extends string ? `${T}` : T extends (number | boolean | null | undefined)"
          " ? T\n  : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;")
    print(f"const dashboard: Plain<Omit<Dashboard, 'panels'>> = "
          f"{json.dumps({k: v for k, v in dashboard.items() if k != 'panels'}, indent=1)};")
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            continue
        name, has_fields = KINDS[panel["type"]]
        number = panel["id"]
        print(f"const panel{number}: Plain<Panel> = {json.dumps(panel, indent=1)};")
        print(f"const options{number}: Plain<{name}.Options> = {json.dumps(panel['options'])};")
        defaults = panel["fieldConfig"]["defaults"]
        print(f"const field{number}: Plain<FieldConfig> = {json.dumps(defaults)};")
        if has_fields:
            print(f"const custom{number}: Plain<Partial<{name}.FieldConfig>> = "
                  f"{json.dumps(defaults['custom'])};")
    print("export { dashboard };")


if __name__ == "__main__":
    main()
