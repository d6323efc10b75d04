import KTSDBAlerting
import KTSDBNotify
import KTSDBTools
import Testing

@Suite struct NotificationTestTests {
    private struct Sender: NotificationSender {
        var outcome: AttemptOutcome
        func send(
            _ delivery: Delivery, _ integration: IntegrationConfiguration, _ context: PayloadContext,
            at now: WallTime, within remaining: Duration
        ) async -> AttemptOutcome { outcome }
        func forgetConnections() async {}
        func close() async {}
    }

    private static let configuration = """
        global: {slack_api_url: 'https://hooks.slack.example/services/T0/secret'}
        route: {receiver: slack, group_by: [alertname]}
        receivers:
        - name: slack
          slack_configs: [{channel: '#x', title: '{{ .CommonAnnotations.summary }}'}]
          pagerduty_configs: [{routing_key: 0123456789abcdef}]
        - {name: nobody}

        """

    private func test(_ receiver: String = "slack", alerts: String = NotificationTest.example) throws
        -> NotificationTest
    {
        let loaded = try LoadedNotifierConfiguration.parse(Self.configuration, file: "am.yml")
        return try NotificationTest(
            loaded, receiver: receiver, alerts: Array(alerts.utf8), externalURL: "http://x", at: TestAlertmanager.now)
    }

    @Test func `the request is printed with secrets masked`() throws {
        let output = try test().preview()
        #expect(output.code == 0 && output.errors.isEmpty)
        #expect(output.output.contains("# slack/slack[0]\nPOST <secret>\nContent-Type: application/json\n\n{"))
        #expect(output.output.contains("A test of this receiver") && output.output.contains("# slack/pagerduty[0]\n"))
        #expect(output.output.contains(#""routing_key":"<secret>""#))
        #expect(!output.output.contains("T0/secret") && !output.output.contains("0123456789abcdef"))
    }

    @Test func `what a receiver answers is printed`() async throws {
        let good = try await test().send(Sender(outcome: AttemptOutcome(.success(), status: 200)), within: .seconds(1))
        #expect(good.code == 0 && good.output.hasSuffix("slack/slack[0]: delivered (status 200)\n"))
        let failure = DeliveryResult.failure(
            reason: "Post https://hooks.slack.example/services/T0/secret: no", isRetryable: true)
        let bad = try await test().send(Sender(outcome: AttemptOutcome(failure, status: 500)), within: .seconds(1))
        #expect(bad.code == 1)
        #expect(bad.errors.contains("not delivered (status 500): Post <secret>: no; the server would try again"))
    }

    @Test func `one alert may be given alone, and mistakes are named`() throws {
        #expect(try test(alerts: #"{"labels":{"alertname":"Mine"}}"#).preview().output.contains("Mine"))
        for (receiver, alerts, reason) in [
            ("nosuch", NotificationTest.example, "am.yml has no receiver \"nosuch\"; it has: slack, nobody"),
            ("slack", "[]", "there is no alert"), ("slack", "no", "the alerts cannot be read: "),
            ("slack", #"[{"labels":{}}]"#, "an alert is invalid: at least one label pair required"),
        ] {
            let error = #expect(throws: AmtoolProblem.self) { try test(receiver, alerts: alerts) }
            #expect(error?.description.contains(reason) ?? false, "\(error?.description ?? "")")
        }
        #expect(try test("nobody").preview().output.contains("has no integrations"))
    }
}
