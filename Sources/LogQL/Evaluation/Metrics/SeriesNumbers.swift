internal import KTSDBModel

/// Numbers label sets in the order in which they are met: 0, 1, 2….
struct SeriesNumbers {
    private(set) var labels: [Labels] = []
    private var numbers: [Labels: Int] = [:]

    mutating func number(of labels: Labels) -> Int {
        if let number = numbers[labels] { return number }
        numbers[labels] = self.labels.count
        self.labels.append(labels)
        return self.labels.count - 1
    }
}

/// Remembers a number for each of the series of an operand.
struct SeriesMemo {
    private var numbers: [Int?] = []

    /// The number of a series; nil if it is not known yet.
    subscript(series: Int) -> Int? {
        get { series < numbers.count ? numbers[series] : nil }
        set {
            while numbers.count <= series { numbers.append(nil) }
            numbers[series] = newValue
        }
    }

    /// Returns the number for a series, and finds it if it is asked for the first time.
    mutating func number(for series: Int, _ find: () -> Int) -> Int {
        if let number = self[series] { return number }
        let number = find()
        self[series] = number
        return number
    }
}
