"""Starts the pods of Kubernetes manifests as plain containers, with their volumes as a cluster would mount them.

usage: test-pods.py MANIFESTS FOLDER NAME     containers, volumes and the network begin with NAME and have the label NAME
"""

import os
import subprocess
import sys

import yaml

manifests, folder, prefix = sys.argv[1:]
objects = list(yaml.safe_load_all(open(manifests)))
user = 10001


def files(name, texts, mode):
    """Writes texts to a folder, for the user's group as Kubernetes does with fsGroup, and returns the folder."""
    path = os.path.join(folder, name)
    os.makedirs(path)
    for file, text in texts.items():
        with open(os.path.join(path, file), "w") as handle:
            handle.write(text)
        os.chown(handle.name, 0, user)
        os.chmod(handle.name, mode)
    return path


given = {}
for each in objects:
    name = each["metadata"]["name"]
    if each["kind"] == "Secret":
        given["secret", name] = files(name, each["stringData"], 0o440)
    if each["kind"] == "ConfigMap":
        given["configMap", name] = files(name, each["data"], 0o644)

subprocess.run(["docker", "network", "create", "--internal", "--label", prefix, prefix], check=True, stdout=subprocess.DEVNULL)
for each in objects:
    if each["kind"] not in ("StatefulSet", "Deployment"):
        continue
    name = each["metadata"]["name"]
    pod = each["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    command = ["docker", "run", "-d", "--name", f"{prefix}-{name}", "--label", prefix, "--network", prefix]
    command += ["--network-alias", name, "--read-only", "--cap-drop", "ALL", "--user", f"{user}:{user}"]
    for volume in pod["volumes"]:
        target = mounts[volume["name"]]
        if "secret" in volume:
            command += ["-v", f"{given['secret', volume['secret']['secretName']]}:{target}:ro"]
        elif "configMap" in volume:
            command += ["-v", f"{given['configMap', volume['configMap']['name']]}:{target}:ro"]
        elif volume.get("emptyDir", {}).get("medium") == "Memory":
            command += ["--tmpfs", target]
        else:
            # Takes over the owner of the folder in the image, as fsGroup would see to.
            subprocess.run(
                ["docker", "volume", "create", "--label", prefix, f"{prefix}-{name}"], check=True, stdout=subprocess.DEVNULL)
            command += ["-v", f"{prefix}-{name}:{target}"]
    for variable in container["env"]:
        command += ["-e", f"{variable['name']}={variable['value']}"]
    # What a ConfigMap of overrides would say.
    command += ["-e", "OPENBLAS_CORETYPE"]
    (entry,) = container["command"]
    command += ["--entrypoint", entry, container["image"]] + container["args"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
