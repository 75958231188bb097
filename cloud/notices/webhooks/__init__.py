"""Other systems that hear of incidents: signed, in order, each at its own pace."""
