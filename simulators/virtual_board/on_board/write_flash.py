"""Run by the host: python arguments IMAGE LIST; LIST has lines of <host path> TAB <path on flash>. Formats if asked."""

import os
import sys

import vfs
from blocks import FileBlocks, mount_flash

image, listing, fresh = sys.argv[1:4]
files = []
with open(listing) as lines:
    for line in lines:
        source, target = line.rstrip("\n").split("\t")
        with open(source, "rb") as file:
            files.append((target, file.read()))
if fresh == "fresh":
    vfs.VfsLfs2.mkfs(FileBlocks(image), readsize=64, progsize=64)
mount_flash(image)
made = set()
for target, content in files:
    folder = ""
    for part in target.split("/")[1:-1]:
        folder += "/" + part
        if folder not in made:
            made.add(folder)
            try:
                os.mkdir(folder)
            except OSError:
                pass
    with open(target, "wb") as file:
        file.write(content)
