internal import KTSDBModel
internal import PromQL
internal import PrometheusWire

extension RequestParameters {
    /// Returns the time in the parameter `name`, or `missing` if the parameter is missing.
    func time(_ name: String, default missing: Timestamp) throws(APIError) -> Timestamp {
        let text = self[name]
        guard !text.isEmpty else { return missing }
        do throws(ParameterError) {
            return try APIParameter.time(text)
        } catch {
            throw .invalidParameter(name, "invalid time value for '\(name)': \(error)")
        }
    }

    /// Whether the request is to fail if data that it needs is damaged; nil if it does not say.
    var failsOnDamage: Bool? {
        switch self["fail_on_damage"].lowercased() {
        case "": nil
        case "1", "t", "true": true
        default: false
        }
    }

    /// Returns the time in the parameter `name`, which is required.
    func requiredTime(_ name: String) throws(APIError) -> Timestamp {
        do throws(ParameterError) { return try APIParameter.time(self[name]) } catch {
            throw .invalidParameter(name, error)
        }
    }

    /// Returns the duration in the parameter `name`, which is required.
    func requiredDuration(_ name: String) throws(APIError) -> Duration {
        do throws(ParameterError) {
            return try APIParameter.duration(self[name])
        } catch {
            throw .invalidParameter(name, error)
        }
    }

    /// Returns the range from `start` to `end`; a missing one means no bound.
    func range() throws(APIError) -> ClosedRange<Timestamp> {
        let start = try time("start", default: .earliest), end = try time("end", default: .latest)
        return start...max(start, end)
    }

    /// Returns the value of `limit`; nil if it is missing or 0, which both mean no limit.
    func limit() throws(APIError) -> Int? {
        let text = self["limit"]
        guard !text.isEmpty else { return nil }
        guard let limit = Int(text) else {
            throw .invalidParameter("limit", "strconv.Atoi: parsing \(goQuoted(text)): invalid syntax")
        }
        guard limit >= 0 else { throw .invalidParameter("limit", "limit must be non-negative") }
        return limit == 0 ? nil : limit
    }

    /// Returns the number in the parameter `name`; nil if the parameter is missing.
    func number(_ name: String) throws(APIError) -> Int? {
        let text = self[name]
        guard !text.isEmpty else { return nil }
        guard let number = Int(text) else { throw APIError(.badData, "\(name) must be a number") }
        return number
    }

    /// Returns the boolean in the parameter `name`, in any of the forms that Go accepts; nil if the parameter is
    /// missing.
    func boolean(_ name: String) throws(APIError) -> Bool? {
        let text = self[name]
        switch text {
        case "": return nil
        case "1", "t", "T", "true", "TRUE", "True": return true
        case "0", "f", "F", "false", "FALSE", "False": return false
        default:
            let reason = "unable to parse boolean: strconv.ParseBool: parsing \(goQuoted(text)): invalid syntax"
            throw .invalidParameter(name, reason)
        }
    }

    /// Returns the selectors in `match[]` without duplicates. Each must have a matcher that does not match the empty
    /// text, unless `allowingAll` is true.
    ///
    /// There may be thousands of selectors, with patterns that take long to compile, so `limits` are checked for each
    /// of them, and callers run on a thread for reads.
    /// - Throws: ``SelectorError``, or an error of the limits.
    func selectors(limits: QueryLimits, allowingAll: Bool = false) throws -> [[LabelMatcher]] {
        var selectors: [[LabelMatcher]] = []
        var texts: Set<String> = [], known: Set<[LabelMatcher]> = []
        for text in all("match[]") where texts.insert(text).inserted {
            let matchers: [LabelMatcher]
            try limits.check()
            do throws(ParseErrors) { matchers = try parseSelector(text) } catch {
                throw SelectorError(error.description)
            }
            // The order of matchers has no meaning.
            let key = matchers.sorted {
                ($0.name, $0.operation.rawValue, $0.value) < ($1.name, $1.operation.rawValue, $1.value)
            }
            if known.insert(key).inserted { selectors.append(matchers) }
        }
        for matchers in selectors where !allowingAll && !matchers.contains(where: { !$0.matchesEmpty }) {
            throw SelectorError("match[] must contain at least one non-empty matcher")
        }
        return selectors
    }
}

/// Why a `match[]` parameter is invalid.
struct SelectorError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
