"""The bars at the top and the bottom.

transport      play, tempo (tempo_box, tap_tempo), sync, model and ports; buttons
rhythm         metronome, time signature and loop
end_button     coming to an end
time_strip     the bars of the past (`bars`, `bars_layout`), bookmarks (`bookmark_button`) and the morph
form_strip     the song, its sections (`section_button`) and chain; form_menu: songs; set_list_files: their file
view_header    parts and folds; message_line: messages; state_line: what the engine does (state_text: in words)
"""
