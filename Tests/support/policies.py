"""Policies as their tests ask for them, and what came of them on hosts."""


def put(fleet, name, **spec):
    answer = fleet.call("PUT", f"/v1/policies/{name}", {"aggregates": ["web"], **spec})
    assert answer.status in (200, 201), answer.body
    return answer.json["policy"]


def policy(fleet, name="base"):
    return fleet.call("GET", f"/v1/policies/{name}").json["policy"]


def is_met(fleet, name="base"):
    return policy(fleet, name)["status"]["state"] == "met"


def jobs(fleet, name="base"):
    return [job for job in fleet.call("GET", "/v1/jobs?limit=100").json["jobs"] if job["policy"] == name]


def cached(agent):
    return {image["id"] for image in agent.call("GET", "/v1/images").json["images"]}


def leased(agent):
    files = agent.call("GET", "/v1/cache").json["cache"]["files"]
    return {file["image_id"]: file["policies"] for file in files if file["leased_until"]}
