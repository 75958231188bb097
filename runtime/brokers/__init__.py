"""A mosquitto of ours, of a site or of the centre: its certificates, its logins, its access list and its configuration.

Plain files and SIGHUP, not the plug-in for dynamic security: the plug-in takes passwords in clear only, while the kit
gives us hashes; it keeps its own state beside ours; and on SIGHUP mosquitto 2.0 reads logins, access list and
certificates again and throws out at once who has no login any more (docs/security.md has the measured time).
"""
