/// The endpoints of version 2 of Alertmanager's API, by their names in its description.
package enum APIEndpoint: String, CaseIterable, Sendable {
    case getStatus, getReceivers, getAlerts, postAlerts, getAlertGroups, getSilences, postSilences, getSilence,
        deleteSilence

    package var method: String {
        switch self {
        case .postAlerts, .postSilences: "POST"
        case .deleteSilence: "DELETE"
        default: "GET"
        }
    }

    /// The path after `/api/v2`; a part in braces is any text.
    package var path: String {
        switch self {
        case .getStatus: "/status"
        case .getReceivers: "/receivers"
        case .getAlerts, .postAlerts: "/alerts"
        case .getAlertGroups: "/alerts/groups"
        case .getSilences, .postSilences: "/silences"
        case .getSilence, .deleteSilence: "/silence/{silenceID}"
        }
    }

    private func matches(_ parts: [String]) -> Bool {
        let own = path.split(separator: "/")
        return own.count == parts.count && zip(own, parts).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }

    /// The path of the endpoints that a request to `path` is for, such as `/silence/{silenceID}`; nil if it is for
    /// none.
    package static func path(matching path: String) -> String? {
        let parts = APIRequest(method: "", path: path).pathParts
        return allCases.first { $0.matches(parts) }?.path
    }

    /// Finds the endpoint that a request is for.
    static func find(_ request: APIRequest) throws(APIRefusal) -> APIEndpoint {
        let parts = request.pathParts, candidates = allCases.filter { $0.matches(parts) }
        if let found = candidates.first(where: { $0.method == request.method }) { return found }
        guard candidates.isEmpty else {
            let allowed = candidates.map(\.method)
            var answer = APIAnswer.refusal(
                405, "method \(request.method) is not allowed, but [\(allowed.joined(separator: ","))] are")
            answer.allowed = allowed
            throw APIRefusal(answer: answer)
        }
        throw APIRefusal(answer: .refusal(404, "path /api/v2\(request.path) was not found"))
    }

    /// Refuses bodies and answers that are not JSON.
    func checkTypes(_ request: APIRequest) throws(APIRefusal) {
        let type = request.contentType ?? "application/octet-stream"
        if method == "POST", !request.body.isEmpty, Self.mediaType(type[...]) != "application/json" {
            throw APIRefusal(
                answer: .refusal(
                    415, "unsupported media type \"\(Self.mediaType(type[...]))\", only [application/json] are allowed")
            )
        }
        guard let accept = request.accept, !accept.isEmpty else { return }
        let ranges = accept.split(separator: ",").map(Self.mediaType)
        guard ["application/json", "application/*", "*/*"].contains(where: ranges.contains) else {
            throw APIRefusal(
                answer: .refusal(406, "unsupported media type requested, only [application/json] are available"))
        }
    }

    /// A media type without its parameters.
    private static func mediaType(_ text: Substring) -> String {
        let name = text.prefix { $0 != ";" }
        return String(name.filter { $0 != " " && $0 != "\t" }).lowercased()
    }
}
