package import KTSDBModel

extension JSONWriter {
    /// Writes a native histogram: `{"count":"2","sum":"3","buckets":[[rule,"lower","upper","count"],…]}`.
    ///
    /// The rule says which bounds belong to the bucket: 0 the upper, 1 the lower, 2 neither, 3 both. Empty buckets are
    /// left out, and so is `buckets` if all are empty.
    package mutating func histogram(_ histogram: Histogram) {
        beginObject()
        key("count")
        sampleValue(histogram.count)
        key("sum")
        sampleValue(histogram.sum)
        var hasBuckets = false
        for bucket in histogram.buckets where bucket.count != 0 {
            if !hasBuckets {
                key("buckets")
                beginArray()
                hasBuckets = true
            }
            beginArray()
            integer(bucket.includesLower ? bucket.includesUpper ? 3 : 1 : bucket.includesUpper ? 0 : 2)
            sampleValue(bucket.lower)
            sampleValue(bucket.upper)
            sampleValue(bucket.count)
            endArray()
        }
        if hasBuckets { endArray() }
        endObject()
    }

    /// Writes `[time,{histogram}]`.
    package mutating func point(_ milliseconds: Int64, _ histogram: Histogram) {
        beginArray()
        time(milliseconds)
        self.histogram(histogram)
        endArray()
    }
}
