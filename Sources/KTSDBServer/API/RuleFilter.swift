internal import KTSDBModel
internal import KTSDBRules
internal import PromQL

/// Which rules `/api/v1/rules` shows.
struct RuleFilter: Sendable {
    private let names: Set<String>, groups: Set<String>, files: Set<String>
    private let selectors: [[LabelMatcher]]
    private let type: String
    let showsAlerts: Bool

    init(_ parameters: RequestParameters, _ limits: QueryLimits) throws {
        names = Set(parameters.all("rule_name[]"))
        groups = Set(parameters.all("rule_group[]"))
        files = Set(parameters.all("file[]"))
        do { selectors = try parameters.selectors(limits: limits) } catch let error as SelectorError {
            throw APIError(.badData, error.description)
        }
        type = parameters["type"].lowercased()
        guard ["", "alert", "record"].contains(type) else {
            throw APIError.invalidParameter("type", "not supported value \(goQuoted(type))")
        }
        showsAlerts = try !Self.excludesAlerts(parameters["exclude_alerts"].lowercased())
    }

    private static func excludesAlerts(_ text: String) throws(APIError) -> Bool {
        switch text {
        case "1", "t", "true": return true
        case "", "0", "f", "false": return false
        default:
            let reason = "strconv.ParseBool: parsing \(goQuoted(text)): invalid syntax"
            throw .invalidParameter("exclude_alerts", "error converting exclude_alerts: \(reason)")
        }
    }

    func accepts(_ group: RuleGroup) -> Bool {
        (groups.isEmpty || groups.contains(group.name)) && (files.isEmpty || files.contains(group.file))
    }

    func accepts(_ rule: Rule) -> Bool {
        guard type.isEmpty || (type == "alert") == (rule.alerting != nil) else { return false }
        guard names.isEmpty || names.contains(rule.name) else { return false }
        if selectors.isEmpty { return true }
        let labels = Labels(rule.labels.filter { !$0.text.isEmpty }.map { ($0.name, $0.text) })
        return selectors.contains { matchers in matchers.allSatisfy { $0.matches(labels) } }
    }
}
