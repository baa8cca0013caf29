/// The order in which people count: `compute-2` before `compute-11`.
enum NaturalOrder {
    /// Whether a text comes before another: runs of digits by their value, everything else byte by byte.
    static func precedes(_ left: String, _ right: String) -> Bool {
        let (first, second) = (Array(left.utf8), Array(right.utf8))
        var (here, there) = (0, 0)
        while here < first.count, there < second.count {
            let (run, other) = (digits(first, from: here), digits(second, from: there))
            if !run.isEmpty, !other.isEmpty {
                let (number, rival) = (value(run), value(other))
                if number.count != rival.count { return number.count < rival.count }
                if !number.elementsEqual(rival) { return number.lexicographicallyPrecedes(rival) }
                here += run.count
                there += other.count
            } else {
                if first[here] != second[there] { return first[here] < second[there] }
                here += 1
                there += 1
            }
        }
        let (rest, othersRest) = (first.count - here, second.count - there)
        // What counts alike (`a01`, `a1`) still has one order.
        return rest == othersRest ? first.lexicographicallyPrecedes(second) : rest < othersRest
    }

    private static func digits(_ text: [UInt8], from start: Int) -> ArraySlice<UInt8> {
        text[start...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// Digits without zeros at their front: the longer one is the larger, however long they are.
    private static func value(_ digits: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        digits.drop { $0 == UInt8(ascii: "0") }
    }
}
