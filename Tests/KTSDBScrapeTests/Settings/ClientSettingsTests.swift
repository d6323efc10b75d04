import KTSDBConfiguration
import KTSDBScrape
import Testing

@Suite struct `Settings of HTTP clients` {
    static func parse(_ fields: String) throws(ConfigurationError) -> Configuration {
        try Configuration.parse("scrape_configs:\n- job_name: a\n\(fields)", path: "/etc/p.yml", variables: .init([:]))
    }

    @Test func `are read whole, and shown without secrets`() throws {
        let configuration = try Self.parse(
            """
              oauth2:
                client_id: id
                client_secret_file: s
                token_url: https://t/token
                scopes: [a]
                endpoint_params: {b: c}
                tls_config: {server_name: t.test}
                proxy_url: socks5://p:1080
              proxy_url: http://me:geheim@p:3128/
              no_proxy: a.test,10.0.0.0/8
              proxy_connect_header: {X-A: [geheim]}
              tls_config: {server_name: h.test, min_version: TLS13}
            """)
        let client = configuration.jobs[0].client
        #expect(client.tls.serverName == "h.test")
        #expect(client.proxy.exceptions == "a.test,10.0.0.0/8")
        #expect(client.proxy.headers.map(\.values) == [["geheim"]])
        let oauth2 = try #require(client.oauth2)
        #expect(oauth2.clientID == "id" && oauth2.clientSecret?.path == "/etc/s" && oauth2.scopes == ["a"])
        #expect(oauth2.tls.serverName == "t.test" && oauth2.proxy.url == "socks5://p:1080")
        let yaml = configuration.yaml
        for part in [
            "proxy_url: http://me:xxxxx@p:3128/", "- <secret>", "server_name: h.test", "client_secret_file: /etc/s",
            "no_proxy: a.test,10.0.0.0/8",
        ] { #expect(yaml.contains(part), "\(part) in \(yaml)") }
        #expect(!yaml.contains("geheim"))
    }

    @Test(arguments: [
        ("  no_proxy: a", "if no_proxy is configured, proxy_url must also be configured"),
        ("  proxy_connect_header: {a: [b]}", "if proxy_connect_header is configured, proxy_url or proxy_from_envir"),
        ("  proxy_url: http://p\n  proxy_from_environment: true", "proxy_url must not be configured"),
        ("  proxy_from_environment: true\n  no_proxy: a", "no_proxy must not be configured"),
        ("  proxy_url: p", "proxy_url: not a valid address"),
        ("  proxy_url: https://p", "proxy_url: a proxy's address begins with http:// or socks5://"),
        ("  oauth2: {token_url: 'http://t'}", "oauth2 client_id must be configured"),
        ("  oauth2: {client_id: a}", "oauth2 token_url must be configured"),
        (
            "  oauth2: {client_id: a, token_url: 'http://t', grant_type: 'urn:x'}",
            "oauth2: grant_type \"urn:x\" is not supported; use client_credentials"
        ),
        (
            "  oauth2: {client_id: a, token_url: 'http://t', client_secret: a, client_secret_file: b}",
            "at most one of oauth2 client_secret & client_secret_file must be configured"
        ),
        (
            "  oauth2: {client_id: a, token_url: 'http://t'}\n  basic_auth: {username: u}",
            "at most one of basic_auth, oauth2 & authorization must be configured"
        ),
        (
            "  oauth2: {client_id: a, token_url: 'http://t'}\n  bearer_token: u",
            "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured"
        ),
        ("  oauth2: {client_id: a, token_url: 'http://t', audience: x}", "audience: this version gets tokens with"),
    ])
    func `that contradict each other are refused`(fields: String, reason: String) {
        do throws(ConfigurationError) {
            _ = try Self.parse(fields)
            Issue.record("accepted: \(fields)")
        } catch {
            #expect(error.reason.contains(reason), "\(error)")
        }
    }
}
