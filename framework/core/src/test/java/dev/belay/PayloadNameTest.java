package dev.belay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PayloadNameTest {
    private record FlightBooking() {}

    @PayloadName(value = "stay", formerly = "hotel-stay")
    private record HotelBooking() {}

    @Test
    void isTheClassNameInLowerCaseJoinedByDashesUnlessGiven() {
        assertThat(PayloadName.Of.type(FlightBooking.class)).isEqualTo("flight-booking");
        assertThat(PayloadName.Of.type(HotelBooking.class)).isEqualTo("stay");
        assertThat(PayloadName.Of.type(HotelBooking[][].class)).isEqualTo("stay[][]");
        assertThat(PayloadName.Of.type(int.class)).isEqualTo("int");
    }

    @Test
    void isTheSameEachTimeItIsAsked() {
        assertThat(PayloadName.Of.type(FlightBooking.class)).isSameAs(PayloadName.Of.type(FlightBooking.class));
    }

    @Test
    void matchesWhatWasStoredBefore() {
        assertThat(PayloadName.Of.matches("stay", HotelBooking.class)).isTrue();
        assertThat(PayloadName.Of.matches("hotel-stay", HotelBooking.class)).isTrue();
        assertThat(PayloadName.Of.matches("hotel-booking", HotelBooking.class)).isFalse();
    }
}
