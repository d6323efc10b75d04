import KTSDBModel

extension RegularExpression {
    func captures(whole: Span<UInt8>) -> [Range<Int>?]? { nil }
    func expand(_ template: String, captures: [Range<Int>?], in bytes: Span<UInt8>) -> [UInt8] { [] }
}
