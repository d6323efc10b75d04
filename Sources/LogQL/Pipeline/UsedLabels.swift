/// The labels that the stages of a pipeline use.
struct UsedLabels {
    /// nil if a stage may use any label.
    private var used: Set<String>? = []

    /// The names that parsers have to find for a query that needs `needs` of the result; nil if all.
    func names(with needs: LabelNeeds) -> [String]? {
        switch needs {
        case .all: nil
        case .none: used.map { Array($0) }
        case .only(let names): used.map { Array($0.union(names)) }
        }
    }

    /// Adds names; nil if any label may be used.
    mutating func add(_ names: [String]?) {
        if let names { used?.formUnion(names) } else { used = nil }
    }

    /// Adds the labels of a filter.
    mutating func add(_ filter: LabelFilter) {
        switch filter {
        case .text(let matcher): used?.insert(matcher.name)
        case .number(let name, _, _), .duration(let name, _, _), .bytes(let name, _, _), .address(let name, _, _):
            used?.insert(name)
        case .and(let left, let right), .or(let left, let right):
            add(left)
            add(right)
        }
    }

    /// Adds the labels whose values `drop` or `keep` compares.
    mutating func add(_ choices: [ChosenLabel]) {
        for case .matcher(let matcher) in choices { used?.insert(matcher.name) }
    }

    /// Adds the labels of `unwrap`.
    mutating func add(_ unwrap: Unwrap) {
        used?.insert(unwrap.label)
        for filter in unwrap.filters { add(filter) }
    }
}
