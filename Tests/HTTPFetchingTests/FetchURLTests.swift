import Testing

@testable import HTTPFetching

struct FetchURLTests {
    @Test func readsWhatIsFetched() throws {
        let url = try FetchURL.parse("HTTP://Example.ORG/a/../b?q=secret#f")
        #expect(url.scheme == "http")
        #expect(url.host == "example.org")
        #expect(url.port == 80)
        #expect(!url.place.contains("secret"))
        #expect(!url.text.contains("#"))
    }

    @Test(arguments: [
        ("http://a/", "http://A:80/x", true), ("https://a/", "https://a:443/", true),
        ("http://a/", "https://a/", false),
        ("http://a/", "http://a:81/", false), ("http://a/", "http://b/", false),
        ("http://[::1]/", "http://[::1]:80/", true),
    ])
    func comparesOrigins(one: String, other: String, same: Bool) throws {
        #expect(try FetchURL.parse(one).isSameOrigin(as: FetchURL.parse(other)) == same)
    }

    @Test(arguments: [
        ("x", "http://a/d/x"), ("/x", "http://a/x"), ("?q=2", "http://a/d/e?q=2"), ("//b/x", "http://b/x"),
        ("https://c", "https://c/"), ("a b", "http://a/d/a%20b"),
    ])
    func resolvesRedirects(location: String, expected: String) throws {
        #expect(try FetchURL.parse("http://a/d/e?q=1").resolving(location).text == expected)
    }
}
