import KTSDBModel
extension RegularExpression {
    struct Captures { func expand(_ t: String) -> String { t } }
    func captures(whole: String) -> Captures? { nil }
}
