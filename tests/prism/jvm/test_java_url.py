"""What Java takes for a URL.

The answers are those of OpenJDK 17, but for the words about a wrong host.
"""

import pytest

from connsim.prism.jvm.java_url import NotAUrl, to_url

RELATIVE = "java.lang.IllegalArgumentException: URI is not absolute"


def syntax(message: str) -> str:
    """The text of a syntax error."""
    return f"java.net.URISyntaxException: {message}"


def malformed(message: str) -> str:
    """The text for what is a URI, but no URL."""
    return f"java.net.MalformedURLException: {message}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://localhost:9095", "http://localhost:9095"),
        ("HTTPS://Host/X", "https://Host/X"),
        ("http://u:p@h:80/x?y=1&z#f", "http://u:p@h:80/x?y=1&z#f"),
        ("http://h:99999/", "http://h:99999/"),
        ("http://h:/", "http://h:/"),
        ("http://h:+5", "http://h:+5"),
        ("http://h:-1/", "http://h:-1/"),
        ("http://a_b/", "http://a_b/"),
        ("http://h%41/", "http://h%41/"),
        ("http://é/ü?ö#ä", "http://é/ü?ö#ä"),
        ("http://[::1]:8/x", "http://[::1]:8/x"),
        ("http:///x", "http:/x"),
        ("http:////x", "http:////x"),
        ("http://?x", "http:?x"),
        ("http:h", "http:h"),
        ("file:///x", "file:/x"),
        ("ftp://x", "ftp://x"),
        ("mailto:a@b", "mailto:a@b"),
        ("jrt:/x", "jrt:/x"),
        ("jar:file:/x!/", "jar:file:/x!/"),
    ],
)
def test_takes(text: str, shown: str) -> None:
    """A URL is shown as Java prints it: scheme in lower case, no empty authority."""
    assert to_url(text) == shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", RELATIVE),
        ("foo", RELATIVE),
        ("/x", RELATIVE),
        ("//h/x", RELATIVE),
        ("?x#y", RELATIVE),
        ("foo://x", malformed("unknown protocol: foo")),
        ("WS://x", malformed("unknown protocol: ws")),
        ("localhost:9095", malformed("unknown protocol: localhost")),
        ("data:,x", malformed("unknown protocol: data")),
        ("jar:x", malformed("no !/ in spec")),
        ("http://a:b/", malformed('Error at index 0 in: "b"')),
        ("http://h:1x/", malformed('Error at index 1 in: "1x"')),
        ("http://h:99999999999/", malformed('Error at index 9 in: "99999999999"')),
        ("http://h:-2/", malformed("Invalid port number :-2")),
        ("foo bar", syntax("Illegal character in path at index 3: foo bar")),
        ("😀 x", syntax("Illegal character in path at index 2: 😀 x")),
        (" http://x", syntax("Illegal character in scheme name at index 0:  http://x")),
        ("127.0.0.1:80", syntax("Illegal character in scheme name at index 0: 127.0.0.1:80")),
        ("http ://x", syntax("Illegal character in scheme name at index 4: http ://x")),
        ("://x", syntax("Expected scheme name at index 0: ://x")),
        ("http:", syntax("Expected scheme-specific part at index 5: http:")),
        ("mailto:a b", syntax("Illegal character in opaque part at index 8: mailto:a b")),
        ("http://", syntax("Expected authority at index 7: http://")),
        ("http://a b/", syntax("Illegal character in authority at index 7: http://a b/")),
        ("http://h/a b", syntax("Illegal character in path at index 10: http://h/a b")),
        ("http://h/?a b", syntax("Illegal character in query at index 11: http://h/?a b")),
        ("http://h#a#b", syntax("Illegal character in fragment at index 10: http://h#a#b")),
        ("http://h/%zz", syntax("Malformed escape pair at index 9: http://h/%zz")),
        ("http://[::1", syntax("Illegal character in authority at index 7: http://[::1")),
        ("http://[zz]/", syntax("Illegal character in authority at index 7: http://[zz]/")),
        ("http://[::1]x/", syntax("Illegal character in authority at index 7: http://[::1]x/")),
        ("http://[::1]:x/", syntax("Illegal character in authority at index 7: http://[::1]:x/")),
        ("http://h]/", syntax("Illegal character in authority at index 7: http://h]/")),
        ("http://u[@h/", syntax("Illegal character in authority at index 7: http://u[@h/")),
    ],
)
def test_refuses(text: str, message: str) -> None:
    """Other texts are refused in Java's words, with the place in UTF-16 code units."""
    with pytest.raises(NotAUrl) as refused:
        to_url(text)

    assert str(refused.value) == message
