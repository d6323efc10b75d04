internal import PrometheusWire

extension PayloadBuilder {
    private static let pagerdutyByteLimit = 512_000
    private static let pagerdutyTextLimit = 1024
    private static let firstVersionURL = "https://events.pagerduty.com/generic/2010-04-15/create_event.json"

    func pagerduty() throws(PayloadError) -> OutgoingRequest {
        let details: JSONTree
        do throws(PayloadError) { details = try structured(values.tree("details") ?? .object([])) } catch {
            throw PayloadError("failed to render details: \(error)")
        }
        let isFirst = values.has("service_key") || values.has("service_key_file")
        let message = isFirst ? try pagerdutyFirst() : try pagerdutySecond()
        let url = isFirst ? Self.firstVersionURL : values.text("url")
        let whole = OutgoingRequest(url: url, json: message(details), timeout: values.duration("timeout"))
        guard whole.body.count > Self.pagerdutyByteLimit else { return whole }
        let error =
            "Custom details have been removed because the original event exceeds the maximum size of 512KB"
        let short = JSONTree.members([("error", .string(error))])
        return OutgoingRequest(url: url, json: message(short), timeout: values.duration("timeout"))
    }

    private var event: String { isResolved ? "resolve" : "trigger" }

    private func pagerdutyFirst() throws(PayloadError) -> (JSONTree) -> JSONTree {
        let key: String, client: JSONTree?, clientURL: JSONTree?, description: String
        do throws(PayloadError) {
            description = Truncation.characters(try text("description"), Self.pagerdutyTextLimit).text
            key = try required(try secret("service_key"))
            client = isResolved ? nil : Self.nonEmpty(try required(values.text("client"), or: ""))
            clientURL = isResolved ? nil : Self.nonEmpty(try required(values.text("client_url"), or: ""))
        } catch {
            throw PayloadError("failed to template PagerDuty v1 message: \(error)")
        }
        if key.isEmpty { throw PayloadError("service key cannot be empty") }
        return { details in
            .members([
                ("service_key", .string(key)), ("incident_key", .string(groupHash)), ("event_type", .string(event)),
                ("description", Self.nonEmpty(description)), ("event_action", .string("")), ("payload", .null),
                ("client", client), ("client_url", clientURL), ("details", details),
            ])
        }
    }

    private func pagerdutySecond() throws(PayloadError) -> (JSONTree) -> JSONTree {
        let key: String, top: [(String, JSONTree?)], payload: (JSONTree) -> JSONTree
        do throws(PayloadError) {
            payload = try pagerdutyPayload()
            key = try required(try secret("routing_key"))
            top = [
                ("client", Self.nonEmpty(try required(values.text("client"), or: ""))),
                ("client_url", Self.nonEmpty(try required(values.text("client_url"), or: ""))),
                ("images", try pagerdutyList("images", ["src", "alt", "href"])),
                ("links", try pagerdutyList("links", ["href", "text"])),
            ]
        } catch {
            throw PayloadError("failed to template PagerDuty v2 message: \(error)")
        }
        if key.isEmpty { throw PayloadError("routing key cannot be empty") }
        return { details in
            .members(
                [
                    ("routing_key", .string(key)), ("dedup_key", .string(groupHash)), ("event_action", .string(event)),
                    ("payload", payload(details)),
                ] + top)
        }
    }

    private func pagerdutyPayload() throws(PayloadError) -> (JSONTree) -> JSONTree {
        let summary = Truncation.characters(try text("description"), Self.pagerdutyTextLimit).text
        let source = try text("source")
        let severity = try required(values.has("severity") ? values.text("severity") : "error", or: "error")
        let rest = try expandedMembers(values, ["class", "component", "group"])
        return { details in
            .members(
                [("summary", .string(summary)), ("source", .string(source)), ("severity", .string(severity))] + rest
                    + [("custom_details", details)])
        }
    }

    /// A list of images or links; those without an address are left out.
    private func pagerdutyList(_ field: String, _ names: [String]) throws(PayloadError) -> JSONTree? {
        var result: [JSONTree] = []
        for entry in values.list(field) {
            var members: [(String, JSONTree?)] = []
            for name in names { members.append((name, .string(try expand(entry.text(name), of: name)))) }
            if members[0].1?.text?.isEmpty == false { result.append(.members(members)) }
        }
        return result.isEmpty ? nil : .array(result)
    }
}
