internal import KTSDBModel
internal import KTSDBNotify
internal import KTSDBRules
internal import PromQL
internal import PrometheusWire

/// The groups of one answer of `/api/v1/rules`, and where the next one continues.
struct RulePage: Sendable {
    /// Which part of the groups an answer has: at most so many, from the group with this token on.
    struct Window {
        var limit: Int?
        var token: String

        init(_ parameters: RequestParameters) throws(APIError) {
            let text = parameters["group_limit"]
            token = parameters["group_next_token"]
            guard !text.isEmpty else {
                guard token.isEmpty else {
                    throw .invalidParameter(
                        "group_next_token", "group_limit needs to be present in order to paginate over the groups")
                }
                return
            }
            guard let number = Int32(text) else {
                let isWhole = !text.isEmpty && text.drop { $0 == "-" || $0 == "+" }.allSatisfy(\.isNumber)
                let reason = isWhole ? "value out of range" : "invalid syntax"
                throw .invalidParameter(
                    "group_limit",
                    "group_limit needs to be a valid number: strconv.ParseInt: parsing \(goQuoted(text)): \(reason)")
            }
            guard number > 0 else {
                throw .invalidParameter("group_limit", "group_limit needs to be greater than 0")
            }
            limit = Int(number)
        }
    }

    /// A group with those of its rules that are shown.
    struct Group: Sendable {
        var group: RuleGroup
        var statistics: GroupStatistics
        var rules: [RuleStatus]
    }

    private var groups: [Group] = []
    private var nextToken: String?
    private let showsAlerts: Bool

    init(
        _ evaluators: [GroupEvaluator], _ filter: RuleFilter, _ window: Window, _ limits: QueryLimits
    ) throws {
        showsAlerts = filter.showsAlerts
        var isWithin = window.token.isEmpty
        for evaluator in evaluators {
            try limits.check()
            if !isWithin { isWithin = Self.token(of: evaluator.group.key) == window.token }
            guard isWithin, filter.accepts(evaluator.group) else { continue }
            let rules = evaluator.rules.filter { filter.accepts($0.rule) }
            if rules.isEmpty { continue }
            if groups.count == window.limit {
                nextToken = Self.token(of: evaluator.group.key)
                break
            }
            groups.append(Group(group: evaluator.group, statistics: evaluator.statistics, rules: rules))
        }
        guard isWithin else {
            throw APIError.invalidParameter(
                "group_next_token", "invalid group_next_token '\(window.token)'. were rule groups changed?")
        }
    }

    private static func token(of key: GroupKey) -> String { SHA256.hexadecimal(Array(key.description.utf8)) }

    /// The answer; long ones are sent rule by rule.
    var answer: ListAnswer {
        let (groups, nextToken, showsAlerts) = (groups, nextToken, showsAlerts)
        let rules = groups.reduce(0) { $0 + $1.rules.count }
        let alerts = showsAlerts ? groups.reduce(0) { $0 + $1.rules.reduce(0) { $0 + $1.state.alerts.count } } : 0
        var answer = ListAnswer(
            estimatedBytes: 256 + groups.count * 256 + rules * 512 + alerts * 512, count: groups.count,
            opening: { json in
                json.beginSuccess()
                json.beginObject()
                json.key("groups")
                json.beginArray()
            }, element: { _, _ in },
            closing: { json in
                json.endArray()
                if let nextToken { json.member("groupNextToken", nextToken) }
                json.endObject()
                json.endSuccess()
            })
        answer.part = { index, part, json in
            if part == 0 { json.beginGroup(groups[index]) }
            let rules = groups[index].rules
            if part < rules.count {
                json.rule(rules[part], showsAlerts: showsAlerts)
                return true
            }
            json.endGroup()
            return false
        }
        return answer
    }
}
