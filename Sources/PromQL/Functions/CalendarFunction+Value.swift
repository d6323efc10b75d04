extension CalendarFunction {
    /// The function's value for a time in seconds; fractions are cut off.
    func value(_ seconds: Double) -> Double {
        // Go converts what does not fit, NaN and infinity to the smallest integer.
        let time = CalendarTime(seconds: Int64(exactly: seconds.rounded(.towardZero)) ?? .min)
        return switch self {
        case .minute: Double(time.minute)
        case .hour: Double(time.hour)
        case .month: Double(time.month)
        case .year: Double(time.year)
        case .dayOfWeek: Double(time.weekday)
        case .dayOfMonth: Double(time.day)
        case .dayOfYear: Double(time.dayOfYear)
        case .daysInMonth: Double(time.daysInMonth)
        }
    }
}
