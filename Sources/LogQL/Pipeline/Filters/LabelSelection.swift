internal import KTSDBModel

/// `| drop a, b="x"` and `| keep a, b="x"`: labels by name, or by name and value.
struct LabelSelection: Sendable {
    private let choices: [(number: Int, matcher: TextMatcher?)]

    init(_ choices: [ChosenLabel], _ labels: inout LineLabels) {
        var compiled: [(number: Int, matcher: TextMatcher?)] = []
        for choice in choices {
            switch choice {
            case .name(let name): compiled.append((labels.number(inStage: name), nil))
            case .matcher(let matcher): compiled.append((labels.number(inStage: matcher.name), matcher))
            }
        }
        self.choices = compiled
    }

    /// Removes the labels.
    func drop(from labels: inout LineLabels) {
        for choice in choices where matches(choice.number, choice.matcher, labels) { labels.remove(choice.number) }
    }

    /// Removes all other labels but those of an error.
    func keep(of labels: inout LineLabels) {
        var others: [Int] = []
        labels.forEach { number in
            if number == LineLabels.error || number == LineLabels.errorDetails { return }
            for choice in choices where choice.number == number && matches(number, choice.matcher, labels) { return }
            others.append(number)
        }
        for number in others { labels.remove(number) }
    }

    private func matches(_ number: Int, _ matcher: TextMatcher?, _ labels: borrowing LineLabels) -> Bool {
        guard let value = labels[number] else { return false }
        return matcher?.matches(value) ?? true
    }
}
