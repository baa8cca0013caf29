import Testing

@testable import Measuring

struct SamplesTests {
    @Test func medianAndSpread() throws {
        let odd = try #require(Samples([9, 1, 5]))
        #expect(odd.median == 5 && odd.smallest == 1 && odd.largest == 9 && odd.spread == 1.6)
        #expect(Samples([4, 2])?.median == 3)
        #expect(Samples([]) == nil)
        #expect(Samples([1, .nan]) == nil)
    }
}
