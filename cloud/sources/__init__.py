"""Where incidents come from beside the gateways: workers, operators, other lines; what was told twice; patrols."""
