"""Looks at pages as a person does who trusts one authority alone: python -m … CA-FILE SIGN-IN-LINK ADDRESS."""

import re
import ssl
import sys

import httpx

_ACTION = re.compile(r'<form[^>]*action="([^"]*)"')
_FIELDS = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def main() -> None:
    """Sign in with the link, and print the page."""
    ca_file, link, address = sys.argv[1:]
    with httpx.Client(verify=ssl.create_default_context(cafile=ca_file), follow_redirects=True, timeout=60) as browser:
        form = browser.get(link).raise_for_status()
        action = _ACTION.search(form.text)
        target = httpx.URL(link).join(action[1]) if action and action[1] else link
        browser.post(target, data=dict(_FIELDS.findall(form.text))).raise_for_status()
        print(browser.get(httpx.URL(link).join(address)).raise_for_status().text)


if __name__ == "__main__":
    main()
