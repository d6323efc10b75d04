internal import KTSDBModel

/// A request that has been understood: what the notifier is to do.
package enum APICall: Sendable {
    case status
    case receivers(Matchers)
    case alerts(ListingFilter)
    case groups(ListingFilter)
    case silences(SilenceFilter)
    case silence(id: String)
    case expireSilence(id: String)
    case postAlerts([PostedAlert])
    case postSilence(PostedSilence)

    /// Whether the call changes nothing, so that a copy of the notifier can answer it.
    package var isReading: Bool {
        switch self {
        case .status, .receivers, .alerts, .groups, .silences, .silence: true
        case .expireSilence, .postAlerts, .postSilence: false
        }
    }
}

/// Which silences a list has.
package struct SilenceFilter: Sendable {
    /// Matchers that a silence has to have.
    package var matchers = Matchers()
    package var states: Set<Silence.State> = [.active, .pending, .expired]

    package init() {}
}

extension APICall {
    /// Understands a request, with matchers in the given syntax. The time that this takes grows with the body.
    /// - Throws: ``APIRefusal`` with the answer, in Alertmanager's words.
    package init(_ request: APIRequest, syntax: MatcherSyntax) throws(APIRefusal) {
        let endpoint = try APIEndpoint.find(request)
        try endpoint.checkTypes(request)
        switch endpoint {
        case .getStatus: self = .status
        case .getReceivers:
            let (all, problem) = (request.parameters, "failed to parse receiver_matchers param: ")
            self = .receivers(try Self.matchers("receiver_matchers", all, syntax, problem: problem))
        case .getAlerts: self = .alerts(try Self.filter(request, syntax))
        case .getAlertGroups: self = .groups(try Self.filter(request, syntax))
        case .getSilences: self = .silences(try Self.silenceFilter(request, syntax))
        case .getSilence: self = .silence(id: try Self.silenceID(request))
        case .deleteSilence: self = .expireSilence(id: try Self.silenceID(request))
        case .postAlerts: self = .postAlerts(try BodyDecoder.alerts(request.body))
        case .postSilences: self = .postSilence(try BodyDecoder.silence(request.body))
        }
    }

    private typealias Parameters = [(name: String, value: String)]

    /// Reads filters: one matcher each, all of which have to hold.
    private static func matchers(
        _ name: String, _ parameters: Parameters, _ syntax: MatcherSyntax, problem: String = ""
    ) throws(APIRefusal) -> Matchers {
        var result = Matchers()
        for parameter in parameters where parameter.name == name {
            do throws(MatcherError) { result.list.append(try syntax.matcher(parameter.value)) } catch {
                throw APIRefusal(answer: .failure(400, problem + error.description))
            }
        }
        return result
    }

    /// Reads a switch as Go's framework does: what it does not know counts as false, and an empty value as not given.
    private static func isOn(_ name: String, _ parameters: Parameters) -> Bool {
        guard let text = parameters.last(where: { $0.name == name })?.value, !text.isEmpty else { return true }
        let words = ["true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled"]
        return words.contains(text.lowercased())
    }

    private static func filter(_ request: APIRequest, _ syntax: MatcherSyntax) throws(APIRefusal) -> ListingFilter {
        let parameters = request.parameters
        var filter = ListingFilter()
        filter.active = isOn("active", parameters)
        filter.silenced = isOn("silenced", parameters)
        filter.inhibited = isOn("inhibited", parameters)
        filter.muted = isOn("muted", parameters)
        filter.matchers = try matchers("filter", parameters, syntax)
        if let receiver = parameters.last(where: { $0.name == "receiver" })?.value, !receiver.isEmpty {
            do throws(RegularExpressionError) { filter.receiver = try Matcher("receiver", .matches, receiver) } catch {
                throw APIRefusal(answer: .failure(400, "failed to parse receiver param: \(error)"))
            }
        }
        filter.receiverMatchers = try matchers(
            "receiver_matchers", parameters, syntax, problem: "failed to parse receiver_matchers param: ")
        return filter
    }

    private static func silenceFilter(
        _ request: APIRequest, _ syntax: MatcherSyntax
    ) throws(APIRefusal) -> SilenceFilter {
        let parameters = request.parameters
        var filter = SilenceFilter()
        filter.matchers = try matchers("filter", parameters, syntax)
        filter.states = filter.states.filter { isOn($0.rawValue, parameters) }
        return filter
    }

    /// The id in the path.
    private static func silenceID(_ request: APIRequest) throws(APIRefusal) -> String {
        let text = request.pathParts.last ?? ""
        guard isUUID(text) else {
            throw .wrongType("silenceID", in: "path", "uuid", quoted: goQuoted(text))
        }
        return text
    }

    private static func isUUID(_ text: String) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        let lengths = groups.map(\.utf8.count)
        return (lengths == [8, 4, 4, 4, 12] || lengths == [32])
            && groups.joined().utf8.allSatisfy(PercentCoding.isHexadecimal)
    }
}
