import Testing

@Suite struct `Alertmanagers over HTTP` {
    @Test func `are listed, and those that are not sent to`() async throws {
        let text = """
            alerting:
              alertmanagers:
              - scheme: https
                path_prefix: /am
                static_configs: [{targets: ['a:9093', 'b']}]
                relabel_configs: [{source_labels: [__address__], regex: b, action: drop}]
              - static_configs: [{targets: ['127.0.0.1:9090']}]
            """
        try await TestServer.run(configuration: text) { server in
            try await server.expectData(
                "/api/v1/alertmanagers",
                #"{"activeAlertmanagers":[{"url":"https://a:9093/am/api/v2/alerts"},"#
                    + #"{"url":"http://127.0.0.1:9090/api/v2/alerts"}],"#
                    + #""droppedAlertmanagers":[{"url":"https://b/am/api/v2/alerts"}]}"#)
            let shown = try await server.get("/api/v1/status/config").text
            #expect(shown.contains("alerting:") && shown.contains("path_prefix: /am"))
        }
    }
}
