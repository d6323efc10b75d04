package import KTSDBConfiguration
internal import KTSDBModel
package import KTSDBNotify

extension StrictReading {
    /// How deep routes may be in each other.
    private static let routeDepthLimit = 100

    /// Reads a route and those below it; nil if it is null.
    package mutating func route(_ value: YAMLValue, depth: Int) throws(ConfigurationError) -> RouteConfiguration? {
        guard depth < Self.routeDepthLimit else {
            throw value.refusal("routes are more than \(Self.routeDepthLimit) levels deep")
        }
        let before = problems.count
        guard let pairs = mapping(value, "config.plain") else { return nil }
        var route = RouteConfiguration()
        route.line = value.line
        for (key, value, line) in pairs {
            route.fieldLines[key] = line
            if try readTime(key, value, into: &route) { continue }
            switch key {
            case "receiver": route.receiver = text(value) ?? ""
            case "group_by": try groupBy(texts(value), value, into: &route)
            case "match": route.match = self.pairs(value) ?? KeyValues()
            case "match_re": route.matchRE = try patterns(value)
            case "matchers": route.matchers = try matchers(value)
            case "continue": route.continues = flag(value) ?? false
            case "routes": route.routes = try routes(value, depth: depth)
            case "labels": route.labels = self.pairs(value, "model.LabelSet") ?? KeyValues()
            default: noteUnknown(key, line, "config.plain")
            }
        }
        if problems.count == before { try check(route, value) }
        return route
    }

    private mutating func readTime(
        _ key: String, _ value: YAMLValue, into route: inout RouteConfiguration
    ) throws(ConfigurationError) -> Bool {
        switch key {
        case "mute_time_intervals": route.muteTimeIntervals = texts(value) ?? []
        case "active_time_intervals": route.activeTimeIntervals = texts(value) ?? []
        case "group_wait": route.groupWait = try duration(value)
        case "group_interval": route.groupInterval = try duration(value)
        case "repeat_interval": route.repeatInterval = try duration(value)
        default: return false
        }
        return true
    }

    private mutating func routes(_ value: YAMLValue, depth: Int) throws(ConfigurationError) -> [RouteConfiguration] {
        var routes: [RouteConfiguration] = []
        for element in list(value, "[]*config.Route") ?? [] {
            // Alertmanager ends with a fault of memory here.
            guard !element.isNull else { throw element.refusal("an entry of routes is empty; remove it") }
            if let route = try route(element, depth: depth + 1) { routes.append(route) }
        }
        return routes
    }

    private func groupBy(
        _ names: [String]?, _ value: YAMLValue, into route: inout RouteConfiguration
    ) throws(ConfigurationError) {
        guard let names else { return }
        route.groupByAll = names.contains("...")
        let labels = names.filter { $0 != "..." }
        if !route.groupByAll || !labels.isEmpty { route.groupBy = labels }
    }

    private func check(_ route: RouteConfiguration, _ value: YAMLValue) throws(ConfigurationError) {
        for pair in route.match.pairs where !LabelName.isLegacy(pair.name) {
            throw value.refusal("invalid label name \(goQuoted(pair.name))")
        }
        for pair in route.labels.pairs where !syntax.isLabelName(pair.name) {
            throw value.refusal("invalid label name \(goQuoted(pair.name)) in route labels")
        }
        var seen: Set<String> = []
        let groupBy = route.groupBy ?? []
        for name in groupBy where !syntax.isLabelName(name) {
            throw value.refusal("invalid label name \(goQuoted(name)) in group_by list")
        }
        if route.groupByAll, !groupBy.isEmpty {
            throw value.refusal("cannot have wildcard group_by (`...`) and other labels at the same time")
        }
        for name in groupBy where !seen.insert(name).inserted {
            throw value.refusal("duplicated label \(goQuoted(name)) in group_by")
        }
        if route.groupInterval == .zero { throw value.refusal("group_interval cannot be zero") }
        if route.repeatInterval == .zero { throw value.refusal("repeat_interval cannot be zero") }
    }

    /// Reads the old form of patterns by label name.
    mutating func patterns(_ value: YAMLValue) throws(ConfigurationError) -> KeyValues {
        var result: [(String, String)] = []
        for (name, value, _) in mapping(value, "common.plain") ?? [] {
            guard LabelName.isLegacy(name) else { throw value.refusal("invalid label name \(goQuoted(name))") }
            guard let pattern = text(value) else {
                throw value.refusal("invalid regexp value for \(goQuoted(name))")
            }
            do throws(RegularExpressionError) { _ = try Matcher(name, .matches, pattern) } catch {
                throw value.refusal(error)
            }
            result.append((name, pattern))
        }
        return KeyValues(result)
    }

    /// Reads a list of texts of matchers.
    mutating func matchers(_ value: YAMLValue) throws(ConfigurationError) -> Matchers {
        var result: [Matcher] = []
        for text in texts(value) ?? [] {
            do throws(MatcherError) { result += try syntax.matchers(text).list } catch { throw value.refusal(error) }
        }
        return Matchers(result).sorted()
    }
}
