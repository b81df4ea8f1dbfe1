"""Watches a Gnomon hub: python3 spectator.py tcp://127.0.0.1:5556 [TOPIC] (pyzmq, numpy)"""
import json, sys, numpy as np, zmq
socket = zmq.Context().socket(zmq.SUB)
socket.connect(sys.argv[1])
socket.subscribe(sys.argv[2] if len(sys.argv) > 2 else "")  # status, stream/NODE, product/BAND; all of them by default
while True:
    topic, header, numbers = socket.recv_multipart()
    header, numbers = json.loads(header), np.frombuffer(numbers, "<f8")
    if topic.startswith(b"stream/"):
        low, high = numbers.reshape(len(header["channels"]), header["points"], 2).transpose(2, 0, 1)
        print(topic.decode(), header["gpsNanoseconds"] // 10**9, f"{np.nanmin(low):.3g} to {np.nanmax(high):.3g} {header['unit']}", flush=True)
    elif topic.startswith(b"product/"):
        density = numbers.reshape(header["channels"], header["bins"])
        print(topic.decode(), header["integration"], "median density", np.nanmedian(density, axis=1), flush=True)
    else:
        print(topic.decode(), json.dumps(header), flush=True)
