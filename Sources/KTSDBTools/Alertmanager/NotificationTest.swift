package import KTSDBAlerting
internal import KTSDBConfiguration
internal import KTSDBModel
package import KTSDBNotify
internal import PrometheusWire

/// What a receiver would be sent about an alert, and what it answers to that.
package struct NotificationTest: Sendable {
    private let configuration: LoadedNotifierConfiguration
    private let receiver: Receiver
    private let alerts: [ReceivedAlert]
    private let now: WallTime
    private let externalURL: String

    /// The alert that is sent if none is given.
    package static let example = #"""
        [{"labels": {"alertname": "TestAlert", "severity": "info", "instance": "localhost:9090"},
          "annotations": {"summary": "A test of this receiver", "description": "Sent by ktsdb notify test."}}]
        """#

    /// Prepares a test of a receiver with alerts in the form in which the API takes them.
    /// - Throws: ``AmtoolProblem`` if there is no such receiver, or an alert is invalid.
    package init(
        _ configuration: LoadedNotifierConfiguration, receiver name: String, alerts body: [UInt8], externalURL: String,
        at now: WallTime
    ) throws(AmtoolProblem) {
        guard let receiver = configuration.receivers.first(where: { $0.name == name }) else {
            let names = configuration.receivers.map(\.name).joined(separator: ", ")
            throw AmtoolProblem("\(configuration.file) has no receiver \(goQuoted(name)); it has: \(names)")
        }
        self.configuration = configuration
        self.receiver = receiver
        self.now = now
        self.externalURL = externalURL
        alerts = try Self.alerts(body, configuration.resolveTimeout, now)
    }

    private static func alerts(
        _ body: [UInt8], _ timeout: Duration, _ now: WallTime
    ) throws(AmtoolProblem) -> [ReceivedAlert] {
        let isOne = body.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "{")
        let list = isOne ? Array("[".utf8) + body + Array("]".utf8) : body
        let request = APIRequest(method: "POST", path: "/alerts", contentType: "application/json", body: list)
        let call: APICall
        do throws(APIRefusal) { call = try APICall(request, syntax: .fallback) } catch {
            let text = try? JSONTreeParser.parse(error.answer.encoded)["message"]?.text
            throw AmtoolProblem("the alerts cannot be read: \(text ?? "not a list of alerts")")
        }
        guard case .postAlerts(let posted) = call, !posted.isEmpty else { throw AmtoolProblem("there is no alert") }
        var result: [ReceivedAlert] = []
        for alert in posted {
            do throws(AlertError) {
                result.append(try alert.alert(at: now, resolveTimeout: timeout, syntax: .fallback).shown(at: now))
            } catch {
                throw AmtoolProblem("an alert is invalid: \(error)")
            }
        }
        return result
    }

    // MARK: Building

    /// The notification about the alerts, as the routes would group them.
    private func notification(_ integration: IntegrationConfiguration) -> Notification {
        let routes = configuration.plan.routes
        let route =
            routes.matching(alerts[0].labels).map { routes.routes[$0] }.first { $0.receiver == receiver.name }
            ?? routes.routes.first { $0.receiver == receiver.name } ?? routes.root
        let labels = route.groupLabels(of: alerts[0].labels)
        let sorted = alerts.sorted(by: ReceivedAlert.precedes)
        return Notification(
            integration: integration.id(of: receiver.name), reason: .firstNotification,
            groupKey: route.groupKey(labels), groupLabels: labels, routeLabels: route.labels, alerts: sorted, tick: now,
            data: [:], firing: sorted.filter { $0.endsAt == nil }.map(\.logHash),
            resolved: sorted.filter { $0.endsAt != nil }.map(\.logHash), repeatInterval: route.repeatInterval)
    }

    private var context: PayloadContext {
        configuration.payloadContext(externalURL: externalURL, hostName: "localhost.localdomain")
    }

    /// Prints what would be sent, with secrets masked.
    package func preview() -> ToolOutput {
        var output = ToolOutput()
        if receiver.integrations.isEmpty {
            output.print("receiver \(goQuoted(receiver.name)) has no integrations: nothing is sent to it")
        }
        for integration in receiver.integrations {
            let failures = TemplateFailures()
            output.print("# \(integration.id(of: receiver.name))")
            do throws(PayloadError) {
                let message = try OutgoingMessage.build(
                    notification(integration), integration, context, at: now, random: 1, failures: failures)
                output.write(MessageText.text(message, SecretTexts(integration, context)))
            } catch {
                output.complain("cannot be built: \(error)")
                output.code = 1
            }
            if let failure = failures.first { output.complain("a template fails: \(failure)") }
        }
        return output
    }

    // MARK: Sending

    /// Sends once to each integration of the receiver, and prints what came of it.
    package func send(_ sender: any NotificationSender, within timeout: Duration) async -> ToolOutput {
        var output = preview()
        for integration in receiver.integrations {
            let id = integration.id(of: receiver.name)
            let delivery = Delivery(
                id: 1, notification: notification(integration), earlierAttempts: 0, deadline: now + timeout)
            let outcome = await sender.send(delivery, integration, context, at: now, within: timeout)
            let status = outcome.status.map { " (status \($0))" } ?? ""
            switch outcome.result {
            case .success: output.print("\(id): delivered\(status)")
            case .failure(let reason, let isRetryable, _):
                let again = isRetryable ? "; the server would try again" : ""
                output.complain(
                    "\(id): not delivered\(status): \(SecretTexts(integration, context).masked(reason))\(again)")
                output.code = 1
            }
            if let warning = outcome.warning { output.complain("\(id): \(warning)") }
        }
        return output
    }
}
