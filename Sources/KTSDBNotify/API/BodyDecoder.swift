internal import KTSDBModel
internal import PrometheusWire

/// Reads the bodies of requests as Go's decoder does, and checks what Alertmanager's API description requires.
///
/// The order of checks is that of Alertmanager: of several problems the first one in its order is reported.
enum BodyDecoder {
    static func alerts(_ body: [UInt8]) throws(APIRefusal) -> [PostedAlert] {
        let tree = try parse(body, "alerts")
        var reader = GoReader("alerts")
        var result: [PostedAlert] = [], problem: APIRefusal?
        for (place, element) in try reader.list(tree, "Go value of type models.PostableAlerts").enumerated() {
            let object = try reader.object(element, "Go value of type models.PostableAlert")
            let alert = try posted(object, &reader)
            if problem == nil, element != .null { problem = check(object, alert, place) }
            result.append(alert)
        }
        if let problem { throw problem }
        return result
    }

    private static func posted(_ object: GoReader.Object, _ reader: inout GoReader) throws(APIRefusal) -> PostedAlert {
        let annotations = try reader.texts(object["annotations"], ".annotations")
        let end = try reader.time(object["endsAt"]), start = try reader.time(object["startsAt"])
        let url = try reader.text(object["generatorURL"], "Go value of type string") ?? ""
        let labels = try reader.texts(object["labels"], "Alert.labels")
        return PostedAlert(
            labels: labels, annotations: annotations, startsAt: start == .zero ? nil : start,
            endsAt: end == .zero ? nil : end, generatorURL: url)
    }

    /// Returns what is wrong with an alert; nil if nothing is.
    private static func check(_ object: GoReader.Object, _ alert: PostedAlert, _ place: Int) -> APIRefusal? {
        if !alert.generatorURL.isEmpty, !WebAddress.isRequestAddress(alert.generatorURL) {
            let value = goQuoted(alert.generatorURL)
            return .wrongType("\(place).generatorURL", in: "body", "uri", quoted: value)
        }
        return object["labels"] == nil ? .missing("\(place).labels") : nil
    }

    static func silence(_ body: [UInt8]) throws(APIRefusal) -> PostedSilence {
        let tree = try parse(body, "silence")
        var reader = GoReader("silence")
        let object = try reader.object(tree, "Go value of type struct { ID string \"json:\\\"id,omitempty\\\"\" }")
        let id = try reader.text(object["id"], "Go struct field .id of type string") ?? ""
        let annotations = try reader.texts(object["annotations"], "Silence.annotations")
        let comment = try reader.text(object["comment"], "Go struct field Silence.comment of type string")
        let author = try reader.text(object["createdBy"], "Go struct field Silence.createdBy of type string")
        let end = try reader.time(object["endsAt"])
        let matchers = try object["matchers"].map { (value) throws(APIRefusal) in try self.matchers(value, &reader) }
        let start = try reader.time(object["startsAt"])
        for (name, isGiven) in [("comment", comment != nil), ("createdBy", author != nil), ("endsAt", end != nil)]
        where !isGiven { throw .missing(name) }
        guard let matchers else { throw .missing("matchers") }
        let complete = try checked(matchers)
        guard let start else { throw .missing("startsAt") }
        var result = PostedSilence(matchers: complete, startsAt: start, endsAt: end ?? .zero)
        (result.id, result.createdBy, result.comment) = (id, author ?? "", comment ?? "")
        result.annotations = KeyValues(annotations.map { ($0.name, $0.value) })
        return result
    }

    /// The parts of a matcher, as far as they are given.
    private typealias Parts = (name: String?, value: String?, isRegex: Bool?, isEqual: Bool?)

    private static func matchers(_ value: JSONTree, _ reader: inout GoReader) throws(APIRefusal) -> [Parts] {
        var result: [Parts] = []
        for element in try reader.list(value, "Go struct field Silence.matchers of type models.Matchers") {
            let object = try reader.object(element, "Go struct field Silence.matchers of type models.Matcher")
            let equal = try reader.flag(object["isEqual"], "Go struct field Matcher.matchers.isEqual of type bool")
            let regex = try reader.flag(object["isRegex"], "Go struct field Matcher.matchers.isRegex of type bool")
            let name = try reader.text(object["name"], "Go struct field Matcher.matchers.name of type string")
            let text = try reader.text(object["value"], "Go struct field Matcher.matchers.value of type string")
            result.append((name, text, regex, equal))
        }
        return result
    }

    private static func checked(_ parts: [Parts]) throws(APIRefusal) -> [PostedSilence.PostedMatcher] {
        guard !parts.isEmpty else { throw .tooFew("matchers", minimum: 1) }
        var result: [PostedSilence.PostedMatcher] = []
        for (place, part) in parts.enumerated() {
            guard let isRegex = part.isRegex else { throw .missing("matchers.\(place).isRegex") }
            guard let name = part.name else { throw .missing("matchers.\(place).name") }
            guard let value = part.value else { throw .missing("matchers.\(place).value") }
            let operation = Matcher.Operation(isPositive: part.isEqual ?? true, isRegularExpression: isRegex)
            result.append(.init(name, operation, value))
        }
        return result
    }

    private static func parse(_ body: [UInt8], _ name: String) throws(APIRefusal) -> JSONTree {
        guard body.contains(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else { throw .missing(name) }
        do throws(JSONTreeParser.Problem) {
            return try JSONTreeParser.parseFirst(body, valueLimit: APIRequest.valueCountLimit)
        } catch {
            // Go reads bodies as streams, and calls their end otherwise.
            let isCut = error.description == "unexpected end of JSON input"
            throw .malformed(name, isCut ? "unexpected EOF" : error.description)
        }
    }
}
