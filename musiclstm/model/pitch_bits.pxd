cpdef object from_pitch_classes(object classes)
cpdef list to_pitches(object bits)
