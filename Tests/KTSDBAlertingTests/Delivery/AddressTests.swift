import Testing

@testable import KTSDBAlerting
@testable import KTSDBNotify

@Suite struct `Addresses and headers` {
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
        return WebLocation(url).flatMap { settings.proxy(for: $0) { environment?[$0] } }?.text
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

    // MARK: Retry-After

    @Test(arguments: [
        ("0", 0), ("7", 7), (" 120 ", 120), ("999999999999", 3600), ("Fri, 15 Jan 2027 08:00:30 GMT", 30),
        ("Fri, 15 Jan 2027 09:30:00 GMT", 3600), ("Fri, 15 Jan 2027 07:00:00 GMT", nil), ("-1", nil), ("", nil),
        ("soon", nil), ("99999999999999999999", nil),
    ])
    func `say when to come again`(text: String, seconds: Int?) {
        let now = WallTime(seconds: 1_800_000_000)
        #expect(RetryAfter.duration(text, at: now) == seconds.map { .seconds($0) })
    }

    @Test func `are not shown`() {
        var redaction = Redaction()
        redaction.hide(address: "https://u:pass-word@h/services/T1/B2/abcdefghijklmnopqr?key=0123456789abcdefgh")
        redaction.hide("")
        let text =
            "Post https://h/services/T1/B2/abcdefghijklmnopqr?key=0123456789abcdefgh abcdefghijklmnopqr pass-word h"
        #expect(redaction.applied(to: text) == "Post <redacted> <redacted> <redacted> h")
    }
}
