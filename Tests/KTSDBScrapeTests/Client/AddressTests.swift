import KTSDBScrape
import Testing

@Suite struct `Addresses of requests` {
    @Test func `are taken apart`() throws {
        let whole = try #require(WebLocation("HTTPS://us:pw@h.example:8443/a/b?c=d#e"))
        #expect(whole.scheme == "https" && whole.user == "us" && whole.password == "pw")
        #expect(whole.host == "h.example" && whole.port == 8443 && whole.rest == "/a/b?c=d")
        #expect(whole.text == "https://h.example:8443/a/b?c=d")
        let six = try #require(WebLocation("http://[::1]:80"))
        #expect(six.host == "::1" && six.text == "http://[::1]:80")
        #expect(WebLocation("http://h")?.effectivePort == 80 && WebLocation("https://h")?.effectivePort == 443)
    }

    @Test(arguments: [
        "", "h", "://h", "http://", "http://h:x", "http://h:99999", "http://[::1", "http://[::1]x", "http://:80",
    ])
    func `that are malformed are not`(text: String) { #expect(WebLocation(text) == nil) }

    // MARK: Proxies

    private func proxy(_ exceptions: String, _ url: String, environment: [String: String]? = nil) -> String? {
        var settings = ProxySettings()
        settings.url = environment == nil ? "http://p:3128" : ""
        settings.exceptions = exceptions
        settings.isFromEnvironment = environment != nil
        return WebLocation(url).flatMap { settings.proxy(for: $0) { name in environment?[name] } }?.text
    }

    @Test(arguments: [
        ("", "http://localhost", true), ("x.test", "http://localhost", false), ("x.test", "http://127.0.0.2", false),
        ("x.test", "http://a.test", true), ("a.test", "http://a.test", false), ("a.test", "http://b.a.test", false),
        ("a.test", "http://ba.test", true), (".a.test", "http://a.test", true), (".a.test", "http://b.a.test", false),
        ("*.a.test", "http://b.a.test", false), ("*", "http://a.test", false), ("10.0.0.0/8", "http://10.1.2.3", false),
        ("10.0.0.0/8", "http://11.1.2.3", true), ("a.test:81", "http://a.test:81", false),
        ("a.test:81", "http://a.test", true), ("a.test:443", "https://a.test", false),
        ("b, a.test", "http://a.test", false),
    ])
    func `are reached through a proxy unless excepted`(exceptions: String, url: String, isProxied: Bool) {
        #expect((proxy(exceptions, url) != nil) == isProxied)
    }

    @Test func `are reached through the proxies of the environment`() {
        let environment = ["HTTP_PROXY": "p1:1", "https_proxy": "http://p2:2", "NO_PROXY": "n.test"]
        #expect(proxy("", "http://a.test", environment: environment) == "http://p1:1")
        #expect(proxy("", "https://a.test", environment: environment) == "http://p2:2")
        #expect(proxy("", "http://n.test", environment: environment) == nil)
        #expect(proxy("", "http://a.test", environment: [:]) == nil)
    }

    @Test(arguments: [
        ("/x", "http://h:1/x"), ("x", "http://h:1/a/x"), ("?y=1", "http://h:1/a/b?y=1"), ("../x", "http://h:1/x"),
        ("./x/..", "http://h:1/a/"), ("/../../x", "http://h:1/x"), ("//o/x", "http://o/x"), ("https://o", "https://o"),
        ("#f", "http://h:1/a/b?c=d"), ("x:y", nil), ("//", nil), ("http://", nil),
    ])
    func `are resolved against the one that redirects`(reference: String, result: String?) throws {
        let base = try #require(WebLocation("http://u:p@h:1/a/b?c=d"))
        let resolved = base.resolving(reference)
        #expect(resolved?.text == result)
        #expect(resolved?.user == nil)
    }
}
