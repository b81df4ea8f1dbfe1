"""A Gnomon node in Python: python3 node.py tcp://127.0.0.1:5555 NAME CHANNEL[,CHANNEL] RATE BLOCK (pyzmq, numpy)"""
import json, struct, sys, numpy as np, zmq
name, channels, rate, block = sys.argv[2], sys.argv[3].split(","), int(sys.argv[4]), int(sys.argv[5])
table = np.arange(256, dtype=np.uint32)
for _ in range(8): table = (table >> 1) ^ (table & 1) * np.uint32(0x82F63B78)
def crc32c(data, crc=0xFFFFFFFF):
    for byte in data: crc = int(table[(crc ^ byte) & 255]) ^ crc >> 8
    return crc ^ 0xFFFFFFFF
stream = 0xCBF29CE484222325  # FNV-1a of the node's name
for byte in name.encode(): stream = (stream ^ byte) * 0x100000001B3 % 2**64
def measure(first, count):  # put your instrument here: samples [channel][time] from sample `first` on
    return np.random.default_rng(first).normal(size=(len(channels), count))
socket = zmq.Context().socket(zmq.DEALER)
socket.connect(sys.argv[1])
def say(kind, **body): socket.send_json({"type": kind, "body": body or None})
say("hello", protocolVersion=1, node=name, topology="", channels=channels, rateNumerator=rate, rateDenominator=1, blockSamples=block)
sequence, credit, end = 0, 0, None
while (message := socket.recv_json())["type"] != "farewell":
    kind, body = message["type"], message.get("body") or {}
    if kind == "heartbeat": say("heartbeat")
    if kind == "refused" and body.get("resumeSequence") is None: sys.exit(body["detail"])
    if kind == "welcome": end, epoch = body["samples"], body["epochGPSNanoseconds"]
    sequence, credit = body.get("nextSequence", body.get("resumeSequence", sequence)), body.get("credit", credit)
    while end is not None and sequence < credit and (first := sequence * block) < end:
        data = measure(first, min(block, end - first))
        head = struct.pack("<IHHQQqqIHBBddI", 0x424D4E47, 1, 0, stream, sequence, first, epoch + first * 10**9 // rate, data.shape[1], len(channels), 1, 0, 0, 0, crc32c(data.tobytes()))
        socket.send_multipart([head + struct.pack("<I", crc32c(head)), data.tobytes()])
        sequence += 1
        if first + block >= end: say("goodbye", blocks=sequence, samples=end, reason="complete")
