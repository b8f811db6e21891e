"""The Streamlit pages. A page reads like a description of the page; the maths is in `engine`."""
