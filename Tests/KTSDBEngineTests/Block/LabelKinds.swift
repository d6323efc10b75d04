import KTSDBModel
import KTSDBTesting

@testable import KTSDBEngine

/// Label sets whose values are of all the lengths and likenesses that an index may not take to.
enum LabelKind: CaseIterable, Sendable {
    /// Few bytes.
    case short
    /// A pod and an instance of its own for each series: some ten bytes that differ at their ends.
    case pods
    /// A hundred bytes without a common beginning.
    case identifiers
    /// Some hundred bytes that differ in the middle.
    case addresses
    /// Thousands of bytes that differ at the end only.
    case sharedPrefix
    /// Each value is a beginning of the next one.
    case nested
    /// Some values are long, and stand between short ones.
    case mixed
    /// Hundreds of names.
    case manyNames
    /// Each series has names that no other has.
    case ownNames

    /// `count` different label sets; values of a kind have the same lengths, however many there are.
    func labelSets(_ count: Int, seed: UInt64 = 1) -> [Labels] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { number in
            var pairs = [("__name__", "metric_\(number % 3)"), ("job", "job-\(number % 5)")]
            switch self {
            case .short: pairs.append(("n", "\(number)"))
            case .pods:
                pairs.append(("pod", "api-7f9c6b5d4-" + hex(number, 6)))
                pairs.append(("instance", "10.\(number >> 8).\(number & 255).7:8080"))
            case .identifiers:
                let id = (0..<6).map { _ in hex(Int(random.next() >> 1), 17) }.joined()
                pairs.append(("id", id + "\(number)"))
            case .addresses:
                pairs.append(
                    (
                        "url",
                        "https://shop.example.com/c-\(number % 97)/p-\(number)/" + String(repeating: "x", count: 200)
                    ))
            case .sharedPrefix: pairs.append(("path", String(repeating: "/long", count: 800) + "\(number)"))
            case .nested: pairs.append(("path", String(repeating: "a", count: number % 400 + 1)))
            case .mixed:
                let isLong = number % 7 == 0
                pairs.append(("v", (isLong ? String(repeating: "b", count: 3000) : "\(number % 10)") + "\(number)"))
                pairs.append(("w", number % 50 == 0 ? String(repeating: "w", count: 5000) : "w"))
            case .manyNames:
                for name in 0..<200 { pairs.append(("label_\(name)", "\((number * 7 + name) % (name + 2))")) }
            case .ownNames: pairs.append(("own_\(number)", "\(number)"))
            }
            if self == .nested || self == .manyNames { pairs.append(("number", "\(number)")) }
            return Labels(pairs)
        }
    }

    private func hex(_ number: Int, _ width: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension BlockModel {
    /// One sample of each.
    init(_ labels: [Labels]) {
        series = labels.map { .init(labels: $0, fingerprint: $0.fingerprint, times: [1000], values: [0]) }
    }
}
