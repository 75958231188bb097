"""What the kit lets a board run in its REPL. Small: a running endpoint leaves little memory."""

from __future__ import annotations

# Prints "<digest> <path>" of every file; the rings of readings are large and none of our business, and what is mounted
# elsewhere (ROM, a card) has other figures of its file system.
DIGESTS = """\
import os,hashlib,binascii,gc
gc.collect()
b=memoryview(bytearray(512))
def d(p):
 h=hashlib.sha256()
 with open(p,'rb') as f:
  n=f.readinto(b)
  while n:
   h.update(b[:n])
   n=f.readinto(b)
 print(binascii.hexlify(h.digest()).decode(),p)
v=os.statvfs('/')
def w(p):
 for e in os.ilistdir(p or '/'):
  q=p+'/'+e[0]
  if e[1]&0x4000:
   if q not in ('/alarms','/history','/reports') and os.statvfs(q)==v:
    w(q)
  else:
   d(q)
w('')
"""
REMOVE = """\
import os
for p in %r:
 try:
  os.remove(p)
 except OSError as e:
  if e.errno!=2:raise
"""
# Removes all files and folders; what is mounted elsewhere stays. The record goes last: a board pulled out on the
# way is still known as somebody else's, and is emptied again before it becomes another endpoint.
ERASE = """\
import os
v=os.statvfs('/')
def w(p):
 for e in os.ilistdir(p or '/'):
  q=p+'/'+e[0]
  if q=='/config.json' or p=='' and e[1]&0x4000 and os.statvfs(q)!=v:continue
  if e[1]&0x4000:
   w(q)
   os.rmdir(q)
  else:
   os.remove(q)
w('')
try:
 os.remove('/config.json')
except OSError as e:
 if e.errno!=2:raise
"""
# The record is read by the board's own code, and the flash takes a block and gives it back.
SELF_TEST = """\
import sys,os,json
sys.path.insert(0,'/slots/a')
r={'record':'','flash':'','network':None}
try:
 from firmware.device.config import load
 c=load()
except ValueError as e:
 r['record']=str(e)
try:
 with open('/.kit','wb') as f:f.write(b'gridwhistle'*372)
 with open('/.kit','rb') as f:
  if f.read()!=b'gridwhistle'*372:r['flash']='differs'
 os.remove('/.kit')
except OSError as e:
 r['flash']=str(e)
try:
 import network
 s=c.get('wifi',{}).get('ssid')
 if s:
  n=network.WLAN(network.STA_IF)
  n.active(True)
  r['network']=max([x[3] for x in n.scan() if x[0].decode()==s] or [0])
except (ImportError,NameError,AttributeError):
 pass
sys.path.pop(0)
print(json.dumps(r))
"""
