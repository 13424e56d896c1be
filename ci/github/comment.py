#!/usr/bin/env python3
"""Writes standard input as a comment on a pull request, over the one that an earlier run wrote.

Our comment is known by its author and by a hidden first line with the project's name: anybody can write that line.
Nothing but Python's own library is needed.
"""

import json
import os
import sys
import urllib.error
import urllib.request

CHARS_MAX = 65_536  # what GitHub takes
PER_PAGE = 100
PAGES_MAX = 50  # 5,000 comments: a pull request that long gets a second one
SECONDS_MAX = 30
BOT = "[bot]"
WORKFLOW = "github-actions" + BOT


def call(method, path, body=None):
    """One call of the API, and the JSON of its reply."""
    url = path
    if path.startswith("/"):
        url = os.environ.get("GITHUB_API_URL", "https://api.github.com") + path
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)
    request.add_header("Authorization", "Bearer " + os.environ["PUSHFORM_TOKEN"])
    request.add_header("Accept", "application/vnd.github+json")
    request.add_header("X-GitHub-Api-Version", "2022-11-28")
    request.add_header("User-Agent", "pushform-action")
    if data is not None:
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=SECONDS_MAX) as reply:
        return json.load(reply)


def me():
    """The login that our token writes as; workflows write as `github-actions[bot]`, and may not always ask."""
    url = os.environ.get("GITHUB_GRAPHQL_URL", "https://api.github.com/graphql")
    try:
        reply = call("POST", url, {"query": "{ viewer { login } }"})
        return reply["data"]["viewer"]["login"]
    except (urllib.error.URLError, KeyError, TypeError, ValueError):
        return WORKFLOW


def is_mine(comment, login):
    """Whether this user wrote a comment. GraphQL leaves the end of a bot's login out."""
    user = comment.get("user") or {}
    theirs = user.get("login")
    return theirs == login or (user.get("type") == "Bot" and theirs == login + BOT)


def ours(comments, marker, login):
    """The id of the first comment of this user that begins with our marker."""
    found = (one["id"] for one in comments if is_mine(one, login) and (one.get("body") or "").startswith(marker))
    return next(found, None)


def earlier(repository, number, marker):
    """The id of the comment of an earlier run, on whatever page it stands."""
    login = me()
    for page in range(1, PAGES_MAX + 1):
        path = f"/repos/{repository}/issues/{number}/comments?per_page={PER_PAGE}&page={page}"
        comments = call("GET", path)
        found = ours(comments, marker, login)
        if found is not None or len(comments) < PER_PAGE:
            return found
    return None


def one_line(text):
    """Words of others without line ends: the host would obey a line that begins with `::`."""
    return " ".join(text.split()).replace("##", "# #")


def footer():
    """Which commit and which run the comment is about."""
    env = os.environ
    commit = env.get("PUSHFORM_COMMIT") or env.get("GITHUB_SHA", "")
    run = "{}/{}/actions/runs/{}".format(
        env.get("GITHUB_SERVER_URL", "https://github.com"), env["GITHUB_REPOSITORY"], env.get("GITHUB_RUN_ID", "")
    )
    return f"\n<sub>`{env.get('PUSHFORM_NAME', '.')}` at {commit[:12]}, [run]({run})</sub>\n"


def main():
    repository, number = os.environ["GITHUB_REPOSITORY"], os.environ["PUSHFORM_PULL_REQUEST"]
    # `--` ends an HTML comment.
    name = one_line(os.environ.get("PUSHFORM_NAME", ".")).replace("--", "- -").replace("`", "'")
    os.environ["PUSHFORM_NAME"] = name
    marker = f"<!-- pushform: {name} -->\n"
    end = footer()
    text = sys.stdin.read()
    room = CHARS_MAX - len(marker) - len(end)
    if len(text) > room:
        text = text[: room - 3] + "…\n"
    body = {"body": marker + text + end}
    found = earlier(repository, number, marker)
    if found is None:
        reply = call("POST", f"/repos/{repository}/issues/{number}/comments", body)
    else:
        reply = call("PATCH", f"/repos/{repository}/issues/comments/{found}", body)
    print("The plan is a comment now:", one_line(str(reply.get("html_url", ""))))


if __name__ == "__main__":
    try:
        main()
    except urllib.error.HTTPError as why:
        body = why.read(500).decode(errors="replace")
        sys.exit("the API refused: " + one_line(f"{why.code} {why.reason}: {body}"))
    except (urllib.error.URLError, OSError, ValueError) as why:
        sys.exit("the API cannot be reached: " + one_line(str(why)))
