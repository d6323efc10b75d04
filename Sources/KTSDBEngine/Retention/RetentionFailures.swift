/// What keeps retention from doing its work, by task, so that one that succeeds does not hide another that fails.
struct RetentionFailures {
    /// A task that can fail.
    enum Task: Int, CaseIterable {
        /// Removing what is too old.
        case age
        /// Keeping the database below its limit.
        case size
        /// Writing blocks again without series that rules keep for a shorter time.
        case rules
    }

    /// What a change of the failures means for an operator.
    enum Change: Equatable {
        case failed(String)
        case restored
    }

    private var reasons: [Task: String] = [:]
    /// How often a task has failed.
    private(set) var count = 0

    /// All reasons in one line; nil if nothing fails.
    var text: String? {
        let known = Task.allCases.compactMap { reasons[$0] }
        return known.isEmpty ? nil : known.joined(separator: " ")
    }

    /// Records how an attempt of a task ended. Returns what is new to an operator: the first failure of the task, or
    /// the end of all failures.
    mutating func note(_ task: Task, _ reason: String?) -> Change? {
        let before = reasons[task]
        reasons[task] = reason
        if let reason {
            count += 1
            return before == nil ? .failed(reason) : nil
        }
        return before != nil && reasons.isEmpty ? .restored : nil
    }
}
